"""The router's zip: its code, `shared`, the catalog and the dependencies. The same input makes the same bytes.

It is made with, and for, the Python that runs this program: what the tests ran is what ships, bytecode included.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi

from infra import staging
from infra.deployment import Deployment
from infra.settings import PYTHON
from shared.artifact import sha256
from shared.image import router_files
from shared.served import SERVED_MODELS, served_models

RUNTIME = f"python{PYTHON}"
REQUIREMENTS = Path("requirements/router.txt")
# Relative to the task root, where Lambda starts a function.
CATALOG = "catalog.json"
PLATFORMS = {"x86_64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}
# botocore describes every AWS service in 100 MB of JSON; the router calls one.
AWS_SERVICES = frozenset(("lambda",))
# The installer's own notes: they hold digests of scripts whose first line is a path of this machine.
INSTALLERS_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
# The oldest date that a zip can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)

Run = Callable[[list[str]], object]


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode != 0:
        reason = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-8:])
        raise pulumi.RunError(f"pip could not install the router's dependencies; mend this and run it again:\n{reason}")


def router_zip(deployment: Deployment, run: Run = _run) -> Path:
    """Write `build/router/<digest>.zip` and return its path."""
    root = deployment.root
    folder = root / "build" / "router"
    installed = _install(root / REQUIREMENTS, deployment.settings.architecture, folder, run)
    with staging.scratch(folder) as scratch:
        code, archive = Path(scratch) / "code", Path(scratch) / "router.zip"
        staging.copy({name: root / name for name in router_files(root)}, code)
        catalog = SERVED_MODELS.dump_json(served_models(deployment.catalog, root), indent=1)
        (code / CATALOG).write_bytes(catalog + b"\n")
        _compile(code)
        _write(archive, code, installed)
        target = folder / f"{sha256(archive)[:32]}.zip"
        os.replace(archive, target)
    staging.touch(target)
    staging.touch(installed)
    staging.forget(folder)
    return target


def site(requirements: Path, architecture: str, folder: Path) -> Path:
    """Where the dependencies are unpacked, kept until they change."""
    key = hashlib.sha256(requirements.read_bytes() + f"{PYTHON} {architecture}".encode()).hexdigest()[:16]
    return folder / f"site-{key}"


def _install(requirements: Path, architecture: str, folder: Path, run: Run) -> Path:
    """The dependencies: pinned, checked against their digests, wheels only."""
    installed = site(requirements, architecture, folder)
    if installed.is_dir():
        return installed
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile")
    checked = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--implementation", "cp")
    target = ("--python-version", PYTHON, "--platform", PLATFORMS[architecture])
    with staging.scratch(folder) as scratch:
        made = Path(scratch) / installed.name
        run([*pip, *checked, *target, "--target", str(made), "--requirement", str(requirements)])
        _prune(made)
        _compile(made)
        staging.put(made, installed)
    return installed


def _prune(installed: Path) -> None:
    """Drop what never runs there: scripts, the installer's notes, and the descriptions of the other AWS services."""
    shutil.rmtree(installed / "bin", ignore_errors=True)
    for name in INSTALLERS_NOTES:
        for path in installed.glob(f"*.dist-info/{name}"):
            path.unlink()
    for service in (installed / "botocore" / "data").glob("*/"):
        if service.name not in AWS_SERVICES:
            shutil.rmtree(service)


def _compile(folder: Path) -> None:
    """Bytecode that is never checked against its source: the root is read-only there, so nothing could be written anew.

    A process of its own, because the bytes that `marshal` writes depend on what else a process has interned.
    """
    command = [sys.executable, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), "-p", "/var/task", str(folder)], check=True)


def _write(target: Path, *folders: Path) -> None:
    """One zip of several folders: names sorted, dates and permissions the same for all.

    Nothing is compressed: what zlib makes of the same bytes depends on its version. Lambda unpacks it anyway.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(_files(*folders)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3
            entry.external_attr = (0o100644) << 16
            archive.writestr(entry, path.read_bytes())


def _files(*folders: Path) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path
