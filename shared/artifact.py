"""The one check of an artifact against its catalog entry and lock, wherever one is served or deployed."""

from collections.abc import Iterator
from pathlib import Path

from shared.catalog import Catalog, CatalogError, LockedSource, Spec
from shared.integrity import differing, sha256
from shared.manifest import FILE_NAME as MANIFEST
from shared.manifest import Manifest
from shared.shipped import facts, restore, sums

__all__ = ["differing", "read", "sha256", "verify"]


def read(catalog: Catalog, spec: Spec, root: Path) -> Manifest:
    """The manifest of an entry's artifact below `root`. Raises CatalogError when there is none that can be read."""
    directory = catalog.artifact(spec.id, root)
    try:
        return Manifest.read(directory)
    except (OSError, TypeError, ValueError, RecursionError):
        problem = f"its artifact is not built; {_remedy(catalog)}"
        if directory == catalog.shipped(spec.id):
            problem = f"{directory / MANIFEST} is not the file that ships; {restore(directory)}"
        raise CatalogError(catalog.path, spec.id, None, problem) from None


def verify_all(catalog: Catalog, root: Path) -> list[Manifest]:
    """Verify the artifacts of all entries, as `verify` does, against the catalog's lock if there is one."""
    lock = catalog.read_lock() if catalog.lock_path.exists() else {}
    return [verify(catalog, spec, root, lock.get(spec.id)) for spec in catalog]


def verify(catalog: Catalog, spec: Spec, root: Path, lock: LockedSource | None) -> Manifest:
    """The manifest of an artifact that is what the entry and its lock, if there is one, ask for, to the last byte.

    Raises CatalogError when it is missing, altered or made of something else.
    """
    directory, shipped = catalog.artifact(spec.id, root), catalog.shipped(spec.id)
    if shipped is not None:
        _refuse(catalog, spec, differing(shipped, sums(shipped)), "ships", restore(shipped))
    manifest = read(catalog, spec, root)
    for field, asked, has in _facts(spec, manifest, lock):
        if asked != has:
            remedy = _remedy(catalog) if shipped is None else f"run `make ship MODELS={catalog.shown}`."
            raise CatalogError(catalog.path, spec.id, field, f"the artifact has {has!r}, not {asked!r}; {remedy}")
    if shipped is None:
        _refuse(catalog, spec, differing(directory, manifest.files), "was built", _remedy(catalog))
    return manifest


def _refuse(catalog: Catalog, spec: Spec, wrong: list[str], done: str, remedy: str) -> None:
    """Raise CatalogError when files of an artifact are not what they were when it `done`."""
    if wrong:
        problem = f"the artifact's {', '.join(wrong)} is not the file that {done}; {remedy}"
        raise CatalogError(catalog.path, spec.id, None, problem)


def _facts(spec: Spec, manifest: Manifest, lock: LockedSource | None) -> Iterator[tuple[str, str, str]]:
    """By field: what entry and lock say of the artifact, and what it says itself."""
    yield from facts(spec, manifest)
    if lock is not None:
        yield "revision", lock.revision, manifest.revision


def _remedy(catalog: Catalog) -> str:
    return f"run `make models MODELS={catalog.shown}`."
