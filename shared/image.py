"""What a model image and the router's zip hold of this repository: the one list of each. Standard library only.

Staging copies exactly these files, so the Dockerfile copies whole folders; the tests of imports and of images read it.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]
# The parts of `shared` that a container loads; they need the standard library only.
SHARED = (
    *("__init__", "contract", "deployment", "entrypoint", "errors"),
    *("golden", "integrity", "loading", "manifest", "metrics", "request", "rules"),
)
# The modules of `services` besides a service's own folder.
SERVICES = ("__init__", "handler")
# The modules of a service that stay outside its image: the router's, and those of the machine that builds artifacts.
NOT_IN_IMAGES = ("build", "checkpoint", "display", "tei", "tokenizing", "wire")
# The router's modules of a service.
WIRE = ("__init__", "display", "request", "tei", "tokenizing", "wire")


def container_files(service: str, runtime: str, root: Path = ROOT) -> list[str]:
    """The files of a service's image besides its artifact, relative to the repository, sorted."""
    own = [path for path in (root / "services" / service).rglob("*.py") if path.stem not in NOT_IN_IMAGES]
    own += [path for path in (root / "shared" / "encoder").glob("*.py") if path.stem in _encoder(runtime, root)]
    common = [*(f"shared/{name}.py" for name in SHARED), *(f"services/{name}.py" for name in SERVICES)]
    return sorted([*common, requirements(runtime), *(path.relative_to(root).as_posix() for path in own)])


def router_files(root: Path = ROOT) -> list[str]:
    """The files of the router's zip besides its dependencies and the list of models, relative to the repository."""
    files = [path for path in (root / "router").rglob("*") if path.suffix in (".py", ".html", ".css", ".js")]
    files += (root / "shared").glob("*.py")
    files += [path for path in (root / "services").glob("*/*.py") if path.stem in WIRE]
    return sorted(["services/__init__.py", *(path.relative_to(root).as_posix() for path in files)])


def _encoder(runtime: str, root: Path) -> set[str]:
    """Return the encoder's modules of an image: all but the export and the other runtimes."""
    modules = {path.stem: path.read_text(encoding="utf-8") for path in (root / "shared" / "encoder").glob("*.py")}
    others = {name for name, text in modules.items() if "\ndef open_network(" in text} - {runtime}
    return modules.keys() - others - {"export"}


def requirements(runtime: str) -> str:
    """The file that says what a runtime's images install."""
    return f"services/requirements-{runtime}.txt"
