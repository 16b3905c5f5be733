"""`python -m models ship`: builds artifacts and puts them beside their catalog, where they ship with the repository."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from models.build import build
from models.digest import sha256
from shared.catalog import Catalog
from shared.shipped import FOLDER, SUMS


def ship(catalog: Catalog, ids: Iterable[str], root: Path) -> list[Path]:
    """Build the named entries, all when none is named, replace what ships of them; return the folders.

    Raises CatalogError.
    """
    target = catalog.path.parent / FOLDER
    target.mkdir(exist_ok=True)
    shipped = [_replace(target / built.name, built) for built in build(catalog, ids, root)]
    write_sums(target)
    return shipped


def write_sums(target: Path) -> None:
    """Write the digest of every file that ships below `target`, in the form of sha256sum."""
    files = sorted(path for path in target.glob("*/*") if path.is_file() and not path.parent.name.startswith("."))
    lines = [f"{sha256(path)}  {path.relative_to(target).as_posix()}\n" for path in files]
    (target / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _replace(directory: Path, built: Path) -> Path:
    """Put a copy of the folder `built` in the place of `directory`."""
    with tempfile.TemporaryDirectory(prefix=".shipping-", dir=directory.parent) as scratch:
        fresh = Path(shutil.copytree(built, Path(scratch) / "fresh"))
        if directory.exists():
            directory.rename(Path(scratch) / "old")
        fresh.rename(directory)
    return directory
