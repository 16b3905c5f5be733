"""The router's zip and what a model image is made from."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import context, image_requirements, package
from infra.deployment import Deployment
from infra.names import Names
from infra.settings import Settings
from shared.catalog import Catalog
from tests.infra.project import ROOT, Project


def deployment(project: Project, architecture: str = "x86_64") -> Deployment:
    settings = Settings(catalog=project.root / "models.toml", architecture=architecture, pinned_versions={})
    names = Names(project="p", stack="dev", partition="aws", region="eu-central-1", account="1")
    catalog = Catalog.read(settings.catalog)
    return Deployment(root=project.root, settings=settings, names=names, catalog=catalog, models=())


class Installer:
    """Plays pip: unpacks what a wheel would, dated now."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str]) -> None:
        self.commands.append(command)
        target = Path(command[command.index("--target") + 1])
        for name in ("bin/tool", "botocore/data/lambda/x/service-2.json", "botocore/data/ec2/x/service-2.json"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text("{}")
        (target / "botocore" / "data" / "endpoints.json").write_text("{}")
        (target / "dependency.py").write_text("NUMBERS = {1, 2, 3}\nNAMES = frozenset(('a', 'b'))\n")


@pytest.fixture
def fresh(project: Project) -> Project:
    """A project whose router was never packed."""
    for site in (project.root / "build" / "router").glob("site-*"):
        (site / "pydantic" / "__init__.py").unlink()
        (site / "pydantic").rmdir()
        site.rmdir()
    return project


def test_the_zip_is_the_same_bytes_when_it_is_made_again(
    fresh: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = package.router_zip(deployment(fresh), Installer()).read_bytes()
    again = package.router_zip(deployment(fresh), Installer()).read_bytes()
    other = Project(tmp_path_factory.mktemp("another-checkout"))
    for site in (other.root / "build" / "router").glob("site-*"):
        site.rename(site.with_suffix(".unused"))
    elsewhere = package.router_zip(deployment(other), Installer()).read_bytes()
    assert first == again == elsewhere


def test_the_zip_has_the_router_and_what_it_needs(fresh: Project) -> None:
    with zipfile.ZipFile(package.router_zip(deployment(fresh), Installer())) as archive:
        names = set(archive.namelist())
        dates = {entry.date_time for entry in archive.infolist()}
        modes = {entry.external_attr >> 16 for entry in archive.infolist()}
    assert {"router/handler.py", "shared/contract.py", "shared/wire.py", "catalog.json"} <= names
    assert "dependency.py" in names
    assert not {name for name in names if name.startswith(("services/", "infra/", "bin/", "tests/"))}
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    assert modes == {0o100644}


def test_only_the_aws_service_that_is_called_is_described(fresh: Project) -> None:
    with zipfile.ZipFile(package.router_zip(deployment(fresh), Installer())) as archive:
        data = {name for name in archive.namelist() if "botocore/data" in name}
    assert data == {"botocore/data/lambda/x/service-2.json", "botocore/data/endpoints.json"}


def test_every_module_has_bytecode_that_is_not_checked(fresh: Project) -> None:
    with zipfile.ZipFile(package.router_zip(deployment(fresh), Installer())) as archive:
        names = set(archive.namelist())
        tag = sys.implementation.cache_tag
        for name in {n for n in names if n.endswith(".py")}:
            folder, _, module = name.rpartition("/")
            compiled = f"{folder}/__pycache__/{module[:-3]}.{tag}.pyc".lstrip("/")
            # Flags of PEP 552: 1 for a hash in place of a date, and no check of it.
            assert archive.read(compiled)[4:8] == b"\x01\x00\x00\x00", name
            assert b"/var/task" in archive.read(compiled) or not archive.read(name)


def test_dependencies_are_pinned_checked_and_for_the_functions_platform(fresh: Project) -> None:
    install = Installer()
    package.router_zip(deployment(fresh, "arm64"), install)
    (command,) = install.commands
    text = " ".join(command)
    assert "--require-hashes" in command
    assert "--no-deps" in command
    assert "--only-binary :all:" in text
    assert "--platform manylinux2014_aarch64" in text
    assert f"--python-version {package.PYTHON}" in text
    assert command[-1] == str(fresh.root / "requirements" / "router.txt")


def test_dependencies_are_installed_once(fresh: Project) -> None:
    install = Installer()
    package.router_zip(deployment(fresh), install)
    package.router_zip(deployment(fresh), install)
    assert len(install.commands) == 1


def test_a_broken_install_leaves_nothing_that_is_taken_for_a_good_one(fresh: Project) -> None:
    def broken(command: list[str]) -> None:
        Installer()(command)
        raise subprocess.CalledProcessError(1, command)

    with pytest.raises(subprocess.CalledProcessError):
        package.router_zip(deployment(fresh), broken)
    install = Installer()
    package.router_zip(deployment(fresh), install)
    assert len(install.commands) == 1


def test_an_image_is_made_from_its_part_of_shared_and_one_service(project: Project) -> None:
    spec = Catalog.read(project.root / "models.toml")["embeddings"]
    staged = context.stage(spec, project.artifact("embeddings"), project.root, base="base", architecture="x86_64")
    files = {path.relative_to(staged.code).as_posix() for path in staged.code.rglob("*") if path.is_file()}
    shared = {f"shared/{n}.py" for n in ("__init__", "contract", "entrypoint", "errors", "manifest", "metrics")}
    assert {name for name in files if name.startswith("shared/")} == shared
    assert {"services/__init__.py", "services/session.py", "services/requirements-onnx.txt"} <= files
    assert "services/embeddings/handler.py" in files
    assert "services/embeddings/build.py" not in files
    assert not {name for name in files if name.startswith("services/question_answering")}


def test_the_dockerfile_takes_the_parts_of_shared_that_are_staged() -> None:
    (line,) = [x for x in (ROOT / "services" / "Dockerfile").read_text().splitlines() if x.startswith("COPY shared/")]
    assert line.split()[1:-1] == [f"shared/{name}.py" for name in context.SHARED]


def test_images_install_what_was_compiled_for_them() -> None:
    for runtime in image_requirements.NEEDED:
        written = (ROOT / "services" / f"requirements-{runtime}.txt").read_text()
        assert written == image_requirements.text(runtime), "run `make requirements`"


def test_an_onnx_image_has_neither_torch_nor_transformers_and_every_file_is_checked() -> None:
    text = image_requirements.text("onnx")
    packages = image_requirements.blocks(text)
    assert packages.keys() == {"numpy", "onnxruntime", "sentencepiece", "tokenizers"}
    assert all("--hash=sha256:" in block for blocks in packages.values() for block in blocks)
