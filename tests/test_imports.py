"""Who may import whom (CONTRIBUTING, "The arrows"), file by file, read from the source of every module."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.image import NOT_IN_IMAGES, SHARED, WIRE

ROOT = Path(__file__).parent.parent
PROJECT = {"shared", "router", "services", "infra", "local", "models", "benchmarks", "model_router", "tests"}
# The modules of `shared` that a container loads before its model: they need the standard library only.
CONTAINER = set(SHARED) - {"__init__"}
# The encoder's modules that may import one machine-learning library each, besides numpy.
ENCODER = {
    "onnx.py": {"onnxruntime"},
    "torch.py": {"torch", "transformers", "sentence_transformers"},
    "export.py": {"torch", "transformers"},
    "tokenizer.py": {"tokenizers"},
    "sentence_pieces.py": {"sentencepiece"},
}
PYDANTIC = ("pydantic", "pydantic_core", "annotated_types")
PULUMI = ("pulumi", "pulumi_aws", "pulumi_docker_build", "pulumi_random")
WIRE_IMPORTS = ("body", "error_forms", "wire", "request", "rules", "errors")
SERVICES = sorted(path.parent for path in (ROOT / "services").glob("*/request.py"))


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


def named(path: Path) -> str:
    """The test's name for a module."""
    return "-".join(path.relative_to(ROOT).parts)


def container_modules() -> list[str]:
    return [f"shared.{name}" for name in sorted(CONTAINER)]


@pytest.mark.parametrize("name", sorted(CONTAINER))
def test_a_container_loads_the_standard_library_before_its_model(name: str) -> None:
    assert beyond(ROOT / "shared" / f"{name}.py", *container_modules()) == []


@pytest.mark.parametrize("path", sources("shared/encoder"), ids=named)
def test_each_module_of_the_encoder_imports_numpy_and_its_own_library(path: Path) -> None:
    also = ("shared.contract", "shared.errors", "shared.manifest")
    allowed = ["numpy", "shared.encoder", *also, *ENCODER.get(path.name, ())]
    assert beyond(path, *allowed) == []


@pytest.mark.parametrize("path", sorted((ROOT / "shared").glob("*.py")), ids=named)
def test_shared_imports_pydantic_and_itself(path: Path) -> None:
    assert [name for name in beyond(path, "shared", *PYDANTIC) if not name.startswith("services.")] == []
    assert not any(name.startswith("services.") for name in imports(path))


@pytest.mark.parametrize("path", sources("router"), ids=named)
def test_the_router_imports_shared_pydantic_and_boto3(path: Path) -> None:
    assert beyond(path, "router", "shared", *PYDANTIC, "boto3", "botocore", "mypy_boto3_lambda") == []
    assert not any(name.startswith("shared.encoder") for name in imports(path))


@pytest.mark.parametrize("folder", SERVICES, ids=lambda folder: folder.name)
def test_a_request_is_standard_library_and_shared_by_router_and_container(folder: Path) -> None:
    assert beyond(folder / "request.py", "shared.request", "shared.rules", "shared.errors") == []


@pytest.mark.parametrize("folder", SERVICES, ids=lambda folder: folder.name)
def test_a_wire_format_imports_pydantic_its_request_and_what_the_router_has(folder: Path) -> None:
    own = (f"services.{folder.name}.request", *(f"shared.{name}" for name in WIRE_IMPORTS))
    wires = [path for path in folder.glob("*.py") if path.stem in WIRE and path.stem != "display"]
    for path in wires:
        assert beyond(path, *own, *(f"services.{folder.name}.{other.stem}" for other in wires), *PYDANTIC) == []


@pytest.mark.parametrize("path", sorted((ROOT / "services").glob("*/display.py")), ids=named)
def test_a_display_is_words(path: Path) -> None:
    assert beyond(path, "shared.display") == []


@pytest.mark.parametrize("folder", SERVICES, ids=lambda folder: folder.name)
def test_a_model_imports_numpy_the_encoder_and_its_own_folder(folder: Path) -> None:
    own = f"services.{folder.name}"
    for path in folder.glob("*.py"):
        if path.stem not in NOT_IN_IMAGES:
            others = (f"{own}.wire", f"{own}.build", "shared.encoder.export")
            assert beyond(path, "numpy", own, "shared.encoder", *container_modules()) == []
            assert not any(name.startswith(others) for name in imports(path))


@pytest.mark.parametrize("folder", SERVICES, ids=lambda folder: folder.name)
def test_a_build_imports_models_and_its_own_folder(folder: Path) -> None:
    project = [name for name in imports(folder / "build.py") if name.split(".")[0] in PROJECT]
    allowed = (f"services.{folder.name}.", "models.", "shared.")
    assert [name for name in project if not name.startswith(allowed)] == []


@pytest.mark.parametrize("path", [ROOT / "__main__.py", *sources("infra")], ids=named)
def test_the_program_imports_pulumi_and_shared(path: Path) -> None:
    yaml = dict.fromkeys(("docs.py", "policy.py", "stack_config.py"), ("yaml",))
    aws = ("boto3", "botocore")
    also = {"doctor.py": aws, "leftovers.py": aws, "sbom.py": ("packaging",), **yaml}
    assert beyond(path, "infra", "shared", *PULUMI, *also.get(path.name, ())) == []


def imports_at_once(node: ast.AST) -> Iterator[str]:
    """The full dotted names of what a module imports before any of its functions is called."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield f"{child.module}"
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports_at_once(child)


@pytest.mark.parametrize("path", sources("model_router"), ids=named)
def test_the_command_imports_what_parses_a_command_line_and_the_rest_when_it_runs(path: Path) -> None:
    own = {"client.py": ("httpx",), "bar.py": ("rich",), "show.py": ("rich",), "parquet.py": ("pyarrow",)}
    allowed = {*sys.stdlib_module_names, "model_router", "typer", *own.get(path.name, ())}
    at_once = set(imports_at_once(ast.parse(path.read_text())))
    assert {name for name in at_once if name.split(".")[0] not in allowed} == set()


@pytest.mark.parametrize(
    "path", [p for folder in PROJECT - {"model_router", "tests"} for p in sources(folder)], ids=named
)
def test_nothing_but_tests_imports_the_command(path: Path) -> None:
    assert [name for name in imports(path) if name.split(".")[0] == "model_router"] == []
