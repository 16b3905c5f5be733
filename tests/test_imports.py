"""Who may import whom (CONTRIBUTING, "The arrows"), read from the source of every module."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.image import SHARED

ROOT = Path(__file__).parent.parent
PROJECT = {"shared", "router", "services", "infra", "local", "models", "benchmarks", "tests"}
CONTAINER = set(SHARED) - {"__init__"}
MACHINE_LEARNING = {
    "torch",
    "transformers",
    "sentence_transformers",
    "onnx",
    "onnxruntime",
    "tokenizers",
    "safetensors",
}
PULUMI = {"pulumi", "pulumi_aws", "pulumi_docker_build", "pulumi_random"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The full dotted names of all that a module imports, inside functions too."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def beyond(path: Path, *allowed: str) -> list[str]:
    """What a module imports besides the standard library and the `allowed` packages or modules."""
    return [
        name
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == a or name.startswith(f"{a}.") for a in allowed)
    ]


@pytest.mark.parametrize("name", sorted(CONTAINER))
def test_what_a_container_loads_of_shared_is_standard_library(name: str) -> None:
    assert (
        beyond(
            ROOT / "shared" / f"{name}.py", *(f"shared.{c}" for c in CONTAINER), "shared.metrics", "shared.deployment"
        )
        == []
    )


def test_shared_imports_only_pydantic_and_itself() -> None:
    assert {path.name: beyond(path, "shared", "pydantic", "pydantic_core") for path in sources("shared")} == {
        path.name: [] for path in sources("shared")
    }


@pytest.mark.parametrize("path", sources("router"), ids=lambda p: p.name)
def test_the_router_imports_shared_pydantic_and_boto3(path: Path) -> None:
    types_only = "mypy_boto3_lambda"
    assert beyond(path, "router", "shared", "pydantic", "pydantic_core", "boto3", "botocore", types_only) == []


@pytest.mark.parametrize("path", sources("services"), ids=lambda p: "-".join(p.parts[-2:]))
def test_a_service_imports_the_contract_and_its_own_folder(path: Path) -> None:
    own = ".".join(path.relative_to(ROOT).parent.parts)
    project = [name for name in imports(path) if name.split(".")[0] in PROJECT]
    allowed = [own, "services.session", *(f"shared.{c}" for c in CONTAINER)]
    if path.name == "build.py":
        allowed += ["models"]
    assert [n for n in project if not any(n == a or n.startswith(f"{a}.") for a in allowed)] == []


@pytest.mark.parametrize("path", sources("services"), ids=lambda p: "-".join(p.parts[-2:]))
def test_only_model_modules_import_machine_learning_libraries(path: Path) -> None:
    if path.name in {"onnx_model.py", "torch_model.py", "build.py", "session.py"}:
        return
    assert [name for name in imports(path) if name.split(".")[0] in MACHINE_LEARNING] == []


@pytest.mark.parametrize("path", [ROOT / "__main__.py", *sources("infra")], ids=lambda p: p.name)
def test_the_program_imports_pulumi_and_shared(path: Path) -> None:
    allowed = ["infra", "shared", *PULUMI]
    if path.name == "doctor.py":
        allowed += ["boto3", "botocore"]
    if path.name in ("docs.py", "policy.py", "stack_config.py"):
        allowed += ["yaml"]
    assert beyond(path, *allowed) == []
