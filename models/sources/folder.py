"""Checkpoints on this machine: `file:path`, relative to the catalog, and `package:module`, in a Python package."""

import importlib
import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from models.digest import combined, digests
from models.sources.files import needed
from models.sources.seam import Found, SourceError


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder. Its revision is `name` when given, else the digest of its files."""

    directory: Path
    name: str | None = None

    local: ClassVar[bool] = True

    def find(self) -> Found:
        if not self.directory.is_dir():
            raise SourceError(f"there is no folder {self.directory}; correct the path.")
        files = [path.relative_to(self.directory).as_posix() for path in self.directory.rglob("*") if path.is_file()]
        found = digests(self.directory, needed(files))
        revision = self.name or f"sha256:{combined(found)}"
        return Found(revision=revision, license=card_license(self.directory), files=found)

    def fetch(self, found: Found) -> Path:
        return self.directory


def file(path: str, catalog: Path) -> Folder:
    """`file:path`, relative to the folder of the catalog. Raises SourceError for what cannot be a path."""
    try:
        return Folder(directory=(catalog.parent / path).resolve())
    except (OSError, RuntimeError):
        raise SourceError(f"{path} cannot be a path on this machine; correct it.") from None


def package(module: str) -> Folder:
    """`package:module`, whose `get_model_path()` names the folder of its checkpoint."""
    try:
        carrier = importlib.import_module(module)
        directory = Path(carrier.get_model_path())
    except ImportError:
        raise SourceError(f"there is no Python package {module}; install it, or name another source.") from None
    except AttributeError:
        raise SourceError(f"the package {module} has no get_model_path(); name one that carries a model.") from None
    distributions = importlib.metadata.packages_distributions().get(module.partition(".")[0], [])
    name = f"{distributions[0]}=={importlib.metadata.version(distributions[0])}" if distributions else None
    return Folder(directory=directory, name=name)


def card_license(directory: Path) -> str | None:
    """Return the `license` that the front matter of the folder's model card (README.md) names."""
    card = directory / "README.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    front = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    named = re.search(r"^license:\s*['\"]?([\w.+-]+)", front[1], re.MULTILINE) if front else None
    return named[1] if named else None
