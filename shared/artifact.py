"""The one check of an artifact against its catalog entry and lock, wherever one is served or deployed."""

from collections.abc import Iterator
from pathlib import Path

from shared.catalog import Catalog, CatalogError, LockedSource, Spec
from shared.integrity import differing, sha256
from shared.manifest import Manifest

__all__ = ["differing", "read", "sha256", "verify"]


def read(catalog: Catalog, spec: Spec, root: Path) -> Manifest:
    """The manifest of an entry's artifact below `root`. Raises CatalogError when there is none that can be read."""
    try:
        return Manifest.read(catalog.artifact(spec.id, root))
    except (OSError, TypeError, ValueError, RecursionError):
        raise CatalogError(catalog.path, spec.id, None, f"its artifact is not built; {_remedy(catalog)}") from None


def verify(catalog: Catalog, spec: Spec, root: Path, lock: LockedSource | None) -> Manifest:
    """The manifest of an artifact that is what the entry and its lock, if there is one, ask for, to the last byte.

    Raises CatalogError when it is missing, altered or made of something else.
    """
    manifest = read(catalog, spec, root)
    for field, asked, has in _facts(spec, manifest, lock):
        if asked != has:
            raise CatalogError(
                catalog.path, spec.id, field, f"the artifact has {has!r}, not {asked!r}; {_remedy(catalog)}"
            )
    wrong = differing(catalog.artifact(spec.id, root), manifest.files)
    if wrong:
        problem = f"the artifact's {', '.join(wrong)} is not the file that was built; {_remedy(catalog)}"
        raise CatalogError(catalog.path, spec.id, None, problem)
    return manifest


def _facts(spec: Spec, manifest: Manifest, lock: LockedSource | None) -> Iterator[tuple[str, str, str]]:
    """By field: what entry and lock say of the artifact, and what it says itself."""
    yield from ((field, getattr(spec, field), getattr(manifest, field)) for field in _OF_THE_ENTRY)
    if lock is not None:
        yield "revision", lock.revision, manifest.revision
    if spec.runtime == "onnx" and spec.quantize != "auto":
        yield "quantize", spec.quantize, manifest.quantization


_OF_THE_ENTRY = ("id", "service", "runtime", "source")


def _remedy(catalog: Catalog) -> str:
    return f"run `make models MODELS={catalog.shown}`."
