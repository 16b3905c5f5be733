"""What a model image and the router's zip hold of this repository: the one list of each. Standard library only.

Staging copies exactly these files, so the Dockerfile copies whole folders; the tests of imports and of images read it.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]
# The parts of `shared` that a container loads; they need the standard library only.
SHARED = ("__init__", "contract", "deployment", "entrypoint", "errors", "manifest", "metrics")
# Of `services` besides a service's own folder.
SERVICES = ("__init__", "sentence_pieces", "session")
# What stays on the machine that builds artifacts.
BUILD_ONLY = ("build",)


def container_files(service: str, runtime: str, root: Path = ROOT) -> list[str]:
    """The files of a service's image besides its artifact, relative to the repository, sorted."""
    own = [path for path in (root / "services" / service).rglob("*.py") if path.stem not in BUILD_ONLY]
    common = [*(f"shared/{name}.py" for name in SHARED), *(f"services/{name}.py" for name in SERVICES)]
    return sorted([*common, requirements(runtime), *(path.relative_to(root).as_posix() for path in own)])


def router_files(root: Path = ROOT) -> list[str]:
    """The files of the router's zip besides its dependencies and the list of models, relative to the repository."""
    folders = (root / name for name in ("router", "shared"))
    kinds = (".py", ".html")
    return sorted(p.relative_to(root).as_posix() for folder in folders for p in folder.rglob("*") if p.suffix in kinds)


def requirements(runtime: str) -> str:
    """The file that says what a runtime's images install."""
    return f"services/requirements-{runtime}.txt"
