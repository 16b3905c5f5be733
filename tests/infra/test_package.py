"""The router's zip and what a model image is made from."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
import pytest

from infra import context, image_requirements, package, staging
from infra.deployment import Deployment
from infra.names import Names
from infra.settings import PYTHON, Settings
from shared import image
from shared.catalog import Catalog
from shared.deployment import BASE_IMAGE, IMAGE_HANDLER, MODEL_ENVIRONMENT
from shared.image import WIRE
from tests.infra.project import ROOT, Project


def deployment(project: Project, architecture: str = "x86_64") -> Deployment:
    settings = Settings(catalog=project.root / "models.toml", architecture=architecture, pinned_versions={})
    names = Names(name="p", stack="dev", partition="aws", region="eu-central-1", account="1")
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
        (target / "a.dist-info").mkdir()
        # pip notes the digests of scripts here, which begin with the path of the interpreter.
        (target / "a.dist-info" / "RECORD").write_text(f"{target}/bin/tool")
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
    assert not {name for name in names if name.startswith(("shared/encoder/", "infra/", "bin/", "tests/"))}
    assert {Path(name).stem.partition(".")[0] for name in names if name.startswith("services/")} == {*WIRE}
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
    assert f"--python-version {PYTHON}" in text
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
    assert sorted(files) == image.container_files("embeddings", "onnx")
    assert {"shared/entrypoint.py", "services/handler.py", "services/requirements-onnx.txt"} <= files
    assert not {"services/embeddings/build.py", "services/requirements-torch.txt", "shared/catalog.py"} & files
    assert not {name for name in files if name.startswith("services/question_answering")}
    assert sorted(path.name for path in staged.artifact.iterdir()) == ["manifest.json", "model.onnx"]


def stage(project: Project, *, base: str = "base", architecture: str = "x86_64") -> context.BuildContext:
    catalog = Catalog.read(project.root / "models.toml")
    artifact = catalog.artifact("qa", project.root)
    return context.stage(catalog["qa"], artifact, project.root, base=base, architecture=architecture)


@pytest.fixture
def own_files(project: Project) -> Project:
    """A project whose code can be changed."""
    for name in ("shared", "services"):
        (project.root / name).unlink()
        shutil.copytree(ROOT / name, project.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return project


def test_the_tag_names_every_input(own_files: Project) -> None:
    root, first = own_files.root, stage(own_files).tag
    found = {stage(own_files, base="another").tag, stage(own_files, architecture="arm64").tag, first}
    changed = [*image.container_files("question_answering", "onnx", root), *context.RECIPE]
    for name in changed:
        before = (root / name).read_bytes()
        (root / name).write_bytes(before + b"\n")
        assert len(found | {stage(own_files).tag}) == len(found) + 1, name
        found.add(stage(own_files).tag)
        (root / name).write_bytes(before)
    (root / "services" / "question_answering" / "new.py").touch()
    found.add(stage(own_files).tag)
    (root / "services" / "question_answering" / "new.py").rename(root / "services" / "question_answering" / "newer.py")
    found.add(stage(own_files).tag)
    own_files.change_manifest("qa", max_tokens=77)
    found.add(stage(own_files).tag)
    assert len(found) == 3 + len(changed) + 3


def test_another_checkout_umask_and_catalog_make_the_same_image(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Project(tmp_path_factory.mktemp("another checkout"))
    (other.root / "models.toml").rename(other.root / "another.toml")
    other.artifact("qa").parent.rename(other.root / "build" / "models" / "another")
    catalog = Catalog.read(other.root / "another.toml")
    before = os.umask(0o077)
    try:
        artifact = catalog.artifact("qa", other.root)
        there = context.stage(catalog["qa"], artifact, other.root, base="base", architecture="x86_64")
    finally:
        os.umask(before)
    here = stage(project)
    assert there.tag == here.tag
    assert there.code.relative_to(other.root) == here.code.relative_to(project.root)
    assert there.artifact.relative_to(other.root) == here.artifact.relative_to(project.root)
    assert modes(there.code) == modes(here.code)
    assert set(modes(here.code).values()) == {0o644, 0o755}


def modes(folder: Path) -> dict[str, int]:
    return {p.relative_to(folder).as_posix(): p.stat().st_mode & 0o777 for p in (folder, *folder.rglob("*"))}


def test_a_context_that_is_right_is_left_alone_and_one_that_is_not_is_made_anew(project: Project) -> None:
    first = stage(project)
    before = first.code.stat().st_ino
    assert stage(project).code.stat().st_ino == before
    (first.code / "shared" / "contract.py").write_text("other")
    assert stage(project).code.stat().st_ino != before
    assert (first.code / "shared" / "contract.py").read_bytes() == (ROOT / "shared" / "contract.py").read_bytes()


def test_runs_beside_each_other_make_whole_folders(fresh: Project) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(package.router_zip, deployment(fresh), Installer()) for _ in range(8)]
        runs += [pool.submit(lambda: stage(fresh).code) for _ in range(8)]
        paths = {run.result() for run in runs}
    (archive,) = [path for path in paths if path.suffix == ".zip"]
    (code,) = paths - {archive}
    assert len(list(code.rglob("*.py"))) == len(image.container_files("question_answering", "onnx")) - 1
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
    left = [p.name for folder in ("images", "router") for p in (fresh.root / "build" / folder).glob(".making-*")]
    assert left == []


def test_a_run_waits_for_another_that_makes_the_same_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    copied, both_run = [], threading.Barrier(2)

    def copy(sources: Mapping[str, Path], folder: Path) -> None:
        copied.append(folder)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_run.wait(timeout=0.5)  # a second run that did not wait for this one would come here, too
        staging_copy(sources, folder)

    staging_copy = staging.copy
    monkeypatch.setattr(staging, "copy", copy)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: stage(project).code, range(2))
    assert one == other
    assert len(copied) == 1


def test_what_nobody_used_for_weeks_goes(project: Project) -> None:
    old = stage(project).code.parent
    os.utime(old, (0, 0))
    kept = stage(project, base="another").code.parent
    assert not old.exists()
    assert kept.exists()


def test_the_zip_holds_no_path_of_this_machine(fresh: Project) -> None:
    with zipfile.ZipFile(package.router_zip(deployment(fresh), Installer())) as archive:
        assert not [name for name in archive.namelist() if name.endswith(("/RECORD", "/INSTALLER"))]
        assert not [name for name in archive.namelist() if str(fresh.root).encode() in archive.read(name)]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_what_pip_says_is_told(project: Project) -> None:
    with pytest.raises(pulumi.RunError, match="mend this and run it again:\nno such wheel"):
        package._run(["sh", "-c", "echo no such wheel >&2; exit 1"])


def test_the_image_sets_the_environment_that_all_share() -> None:
    lines = (ROOT / "services" / "Dockerfile").read_text().replace("\\\n", " ")
    final = lines[lines.rindex("\nFROM ") :]
    pairs = [word.split("=", 1) for line in final.splitlines() if line.startswith("ENV ") for word in line.split()[1:]]
    assert dict(pairs) == MODEL_ENVIRONMENT | {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
    assert f"ARG BASE={BASE_IMAGE}\n" in lines
    assert f'CMD ["{IMAGE_HANDLER}"]' in lines


def test_images_install_what_was_compiled_for_them() -> None:
    for runtime in image_requirements.NEEDED:
        written = (ROOT / "services" / f"requirements-{runtime}.txt").read_text()
        assert written == image_requirements.text(runtime), "run `make requirements`"


def test_an_onnx_image_has_neither_torch_nor_transformers_and_every_file_is_checked() -> None:
    text = image_requirements.text("onnx")
    packages = image_requirements.blocks(text)
    assert packages.keys() == {"numpy", "onnxruntime", "sentencepiece", "tokenizers"}
    assert all("--hash=sha256:" in block for blocks in packages.values() for block in blocks)
