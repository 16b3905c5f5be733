"""`python -m models lock`: writes down what each source of a catalog holds now; and checks a source against it."""

import json
import time
from pathlib import Path
from typing import Any

from models.digest import differing
from models.sources import Found, Source, SourceError, source_of
from models.sources.files import holds_weights
from shared.catalog import Catalog, CatalogError, LockedSource, Spec


def lock(catalog: Catalog, store: Path) -> Path:
    """Resolve every source and write the lock beside the catalog: the same sources give the same bytes."""
    found = {spec.source: find(open_source(spec, catalog, store), spec, catalog) for spec in catalog}
    known = _known(catalog.lock_path)
    entries = {spec.id: _locked(spec, found[spec.source], catalog, known).model_dump() for spec in catalog}
    text = json.dumps(entries, indent=2, sort_keys=True) + "\n"
    catalog.lock_path.write_text(text, encoding="utf-8")
    return catalog.lock_path


def open_source(spec: Spec, catalog: Catalog, store: Path) -> Source:
    """Open the entry's source. Raises CatalogError."""
    try:
        return source_of(spec.source, catalog.path, store)
    except SourceError as error:
        raise CatalogError(catalog.path, spec.id, "source", str(error)) from None


def find(source: Source, spec: Spec, catalog: Catalog) -> Found:
    """Find what the source holds now. Raises CatalogError."""
    try:
        found = source.find()
    except SourceError as error:
        raise CatalogError(catalog.path, spec.id, "source", str(error)) from None
    if not holds_weights(found.files):
        problem = "holds no model.safetensors or pytorch_model.bin; name a checkpoint in the form of transformers."
        raise CatalogError(catalog.path, spec.id, "source", problem)
    return found


def locked(spec: Spec, catalog: Catalog) -> Found | None:
    """Return what the lock says of an entry; None without a lock. Raises CatalogError for one that does not fit."""
    if not catalog.lock_path.exists():
        return None
    entry = catalog.read_lock()[spec.id]
    return Found(revision=entry.revision, license=entry.license, files=entry.files, created=entry.created)


def fetch(source: Source, found: Found, spec: Spec, catalog: Catalog) -> Path:
    """Bring what was found onto this machine and verify every digest. Raises CatalogError."""
    try:
        directory = source.fetch(found)
    except SourceError as error:
        raise CatalogError(catalog.path, spec.id, "source", str(error)) from None
    wrong = differing(directory, found.files)
    if wrong:
        problem = f"{', '.join(wrong)} is not the file that was locked; restore it, or accept it with `make lock`."
        raise CatalogError(catalog.lock_path, spec.id, "source", problem)
    return directory


def license_of(spec: Spec, found: Found) -> str | None:
    """Return an entry's licence: its own word, else the source's."""
    return spec.license or found.license


def _known(lock_path: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of a lock that is about to be replaced, as far as they can be read."""
    try:
        entries = json.loads(lock_path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {k: e for k, e in entries.items() if isinstance(e, dict)} if isinstance(entries, dict) else {}


def _created(source: str, found: Found, known: dict[str, dict[str, Any]]) -> int:
    """Return when this revision of a source was locked first: the time stays as long as its files do."""
    same = {"source": source, "revision": found.revision, "files": found.files}
    times = [e.get("created", 0) for e in known.values() if same.items() <= e.items()]
    return max((t for t in times if type(t) is int), default=0) or int(time.time())


def _locked(spec: Spec, found: Found, catalog: Catalog, known: dict[str, dict[str, Any]]) -> LockedSource:
    license_ = license_of(spec, found)
    if license_ is None:
        problem = "the source names none; add `license = ...` after reading its model card."
        raise CatalogError(catalog.path, spec.id, "license", problem)
    return LockedSource(
        source=spec.source,
        revision=found.revision,
        license=license_,
        files=found.files,
        created=_created(spec.source, found, known),
    )
