"""`python -m models check`: whether built artifacts still are what their manifests, the catalog and its lock say."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from models.digest import differing
from models.lock import locked
from shared.catalog import Catalog, CatalogError, Spec
from shared.manifest import Manifest


def check(catalog: Catalog, ids: Iterable[str], root: Path) -> list[str]:
    """A line for each artifact that is whole. Raises CatalogError for one missing, damaged or of another entry."""
    specs = [catalog[model_id] for model_id in ids] or list(catalog)
    return [_check(spec, catalog, catalog.artifact(spec.id, root)) for spec in specs]


def _check(spec: Spec, catalog: Catalog, directory: Path) -> str:
    remedy = f"run `python -m models build --catalog {catalog.path} {spec.id}`"
    try:
        manifest = Manifest.read(directory)
    except (FileNotFoundError, TypeError, ValueError):
        raise CatalogError(catalog.path, spec.id, None, f"{directory} holds no artifact; {remedy}.") from None
    wrong = differing(directory, manifest.files)
    if wrong:
        problem = f"{', '.join(wrong)} in {directory} is not the file that was built; {remedy}."
        raise CatalogError(catalog.path, spec.id, None, problem)
    for field, asked, has in _facts(spec, manifest):
        if asked != has:
            raise CatalogError(
                catalog.path, spec.id, field, f"the artifact has {has!r}, the catalog says {asked!r}; {remedy}."
            )
    found = locked(spec, catalog)
    if found and found.revision != manifest.revision:
        problem = f"the artifact was built from {manifest.revision}, the lock says {found.revision}; {remedy}."
        raise CatalogError(catalog.path, spec.id, "source", problem)
    return f"[{spec.id}] {len(manifest.files)} files as built, {manifest.quantization}, from {manifest.revision}"


def _facts(spec: Spec, manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """What an entry says of its artifact, by field: as the catalog has it, and as the artifact does."""
    yield from ((field, getattr(spec, field), getattr(manifest, field)) for field in ("service", "source", "runtime"))
    if spec.runtime == "onnx" and spec.quantize != "auto":
        yield "quantize", spec.quantize, manifest.quantization
