"""The router's zip: its code, `shared`, the catalog and the dependencies. The same input makes the same bytes.

It is made with, and for, the Python that runs this program: what the tests ran is what ships, bytecode included.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi

from infra.deployment import Deployment
from shared.served import SERVED_MODELS, served_models

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
RUNTIME = f"python{PYTHON}"
REQUIREMENTS = Path("requirements/router.txt")
# Relative to the task root, where Lambda starts a function.
CATALOG = "catalog.json"
PLATFORMS = {"x86_64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}
# botocore describes every AWS service in 100 MB of JSON; the router calls one.
AWS_SERVICES = frozenset(("lambda",))
# The oldest date that a zip can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)

Run = Callable[[list[str]], object]


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        problem = "pip could not install the router's dependencies, see above; mend that and run it again."
        raise pulumi.RunError(problem) from None


def router_zip(deployment: Deployment, run: Run = _run) -> Path:
    """Write `build/router/<stack>.zip` and return its path."""
    root = deployment.root
    folder = root / "build" / "router"
    installed = _install(root / REQUIREMENTS, deployment.settings.architecture, folder, run)
    code = folder / "code"
    shutil.rmtree(code, ignore_errors=True)
    for package in ("router", "shared"):
        shutil.copytree(root / package, code / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    catalog = SERVED_MODELS.dump_json(served_models(deployment.catalog, root), indent=1)
    (code / CATALOG).write_bytes(catalog + b"\n")
    _compile(code)
    target = folder / f"{deployment.names.stack}.zip"
    _write(target, code, installed)
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
    partial = installed.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    install = (
        f"{sys.executable} -m pip --disable-pip-version-check install --quiet --no-compile --no-deps --require-hashes"
    )
    target = f"--only-binary :all: --implementation cp --python-version {PYTHON} --platform {PLATFORMS[architecture]}"
    run([*install.split(), *target.split(), "--target", str(partial), "--requirement", str(requirements)])
    _prune(partial)
    _compile(partial)
    return partial.rename(installed)


def _prune(installed: Path) -> None:
    """Drop what never runs there: scripts, and the descriptions of the other AWS services."""
    shutil.rmtree(installed / "bin", ignore_errors=True)
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
    """One zip of several folders: names sorted, dates and permissions the same for all."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in sorted(_files(*folders)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = (0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _files(*folders: Path) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path
