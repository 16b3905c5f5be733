"""`python -m models build`: every artifact of a catalog, made only when something it depends on has changed."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models.artifact import make
from models.cache import Cache
from models.job import Job
from models.key import key_of
from models.lock import fetch, find, license_of, locked, open_source
from models.progress import say
from models.service import build_of
from models.sources import Found
from models.texts import pairs
from shared.catalog import Catalog, Spec, example_of
from shared.request import InternalRequest
from shared.wire import wire_of


def build(catalog: Catalog, ids: Iterable[str], root: Path) -> list[Path]:
    """Build the named entries, all when none is named; return their artifacts' folders. Raises CatalogError."""
    specs = [catalog[model_id] for model_id in ids] or list(catalog)
    if not catalog.lock_path.exists():
        say(f"{catalog.path}: not locked, built from what the sources hold now; a deployment needs `make lock`.")
    return [_build(spec, catalog, root) for spec in specs]


def example_request(spec: Spec) -> dict[str, Any]:
    """Return the entry's example, or its task's, as the model is sent it."""
    body = wire_of(spec.service).ENDPOINTS[0].body.read(example_of(spec))
    request: InternalRequest = body.request()
    return request.payload()


def _build(spec: Spec, catalog: Catalog, root: Path) -> Path:
    source = open_source(spec, catalog, root / "build" / "sources")
    found = locked(spec, catalog) or find(source, spec, catalog)
    request = example_request(spec)
    cache = Cache(root / "build" / "models" / ".cache")
    key = key_of(spec, found, root, request)
    directory = catalog.built(spec.id, root)
    if source.local or key not in cache:
        checkpoint = fetch(source, found, spec, catalog)
    if key not in cache:
        _fill(cache, key, spec, catalog, found, checkpoint, request)
    license_ = license_of(spec, found) or ""
    is_new = cache.install(key, directory, model_id=spec.id, license=license_, created=found.created)
    say(f"[{spec.id}] {directory.relative_to(root)} is {'built' if is_new else 'up to date'}")
    return directory


def _fill(
    cache: Cache, key: str, spec: Spec, catalog: Catalog, found: Found, checkpoint: Path, request: dict[str, Any]
) -> None:
    job = Job(
        catalog=catalog,
        spec=spec,
        found=found,
        checkpoint=checkpoint,
        build=build_of(spec.service),
        texts=pairs(),
        request=request,
    )
    with cache.filling(key) as (scratch, artifact):
        make(job, scratch, artifact)
