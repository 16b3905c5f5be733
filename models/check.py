"""`python -m models check`: whether built artifacts still are what their manifests, the catalog and its lock say."""

from collections.abc import Iterable
from pathlib import Path

from shared.artifact import verify
from shared.catalog import Catalog, Spec


def check(catalog: Catalog, ids: Iterable[str], root: Path) -> list[str]:
    """A line for each artifact that is whole. Raises CatalogError for one missing, damaged or of another entry."""
    specs = [catalog[model_id] for model_id in ids] or list(catalog)
    return [_check(spec, catalog, root) for spec in specs]


def _check(spec: Spec, catalog: Catalog, root: Path) -> str:
    lock = catalog.read_lock()[spec.id] if catalog.lock_path.exists() else None
    manifest = verify(catalog, spec, root, lock)
    return f"[{spec.id}] {len(manifest.files)} files as built, {manifest.quantization}, from {manifest.revision}"
