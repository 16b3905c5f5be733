"""`python -m models build`: every artifact of a catalog, made only when something it depends on has changed."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models.artifact import make
from models.cache import Cache, key_of
from models.job import Job
from models.lock import fetch, find, locked, open_source
from models.progress import say
from models.service import build_of
from models.sources import Found
from models.texts import pairs
from shared.catalog import Catalog, Spec
from shared.tasks import task


def build(catalog: Catalog, ids: Iterable[str], root: Path) -> list[Path]:
    """Build the named entries, all when none is named; returns their artifacts' folders. Raises CatalogError."""
    specs = [catalog[model_id] for model_id in ids] or list(catalog)
    if not catalog.lock_path.exists():
        say(f"{catalog.path}: not locked, built from what the sources hold now; a deployment needs `make lock`.")
    return [_build(spec, catalog, root) for spec in specs]


def _build(spec: Spec, catalog: Catalog, root: Path) -> Path:
    source = open_source(spec, catalog, root / "build" / "sources")
    found = locked(spec, catalog) or find(source, spec, catalog)
    native = spec.example or task(spec.service).EXAMPLE
    cache = Cache(root / "build" / "models" / ".cache")
    key = key_of(spec, found, root, json.dumps(native, sort_keys=True))
    directory = catalog.artifact(spec.id, root)
    if source.local or key not in cache:
        checkpoint = fetch(source, found, spec, catalog)
    if key not in cache:
        _fill(cache, key, spec, catalog, found, checkpoint, native)
    placed = cache.place(key, directory, spec, found.created)
    say(f"[{spec.id}] {directory.relative_to(root)} is {'built' if placed else 'up to date'}")
    return directory


def _fill(
    cache: Cache, key: str, spec: Spec, catalog: Catalog, found: Found, checkpoint: Path, native: dict[str, Any]
) -> None:
    service = build_of(spec.service)
    job = Job(
        catalog=catalog,
        spec=spec,
        found=found,
        checkpoint=checkpoint,
        build=service,
        texts=pairs(),
        request=service.example(native),
    )
    with cache.filling(key) as (scratch, artifact):
        make(job, scratch, artifact)
