"""What a lock says of a source, and how a build holds to it."""

import hashlib
import json
import time

import pytest

from models.build import build
from models.lock import fetch, find, lock, locked, open_source
from shared.catalog import Catalog, CatalogError
from tests.models.project import BARE, BARE_FILES, Project


def test_a_lock_holds_revision_licence_and_every_files_digest(catalog: Catalog) -> None:
    entry = json.loads(catalog.lock_path.read_text(encoding="utf-8"))["letters"]
    assert entry["source"] == "file:letters"
    assert entry["revision"].startswith("sha256:")
    assert entry["license"] == "MIT"
    assert entry["files"] == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in BARE_FILES.items()}


def test_the_same_sources_give_the_same_bytes(bare: Project, catalog: Catalog) -> None:
    first = catalog.lock_path.read_bytes()
    assert lock(catalog, bare.root).read_bytes() == first


def test_a_source_keeps_the_time_at_which_it_was_locked_first(bare: Project, catalog: Catalog) -> None:
    entries = json.loads(catalog.lock_path.read_text(encoding="utf-8"))
    assert abs(entries["letters"]["created"] - time.time()) < 3600
    entries["letters"]["created"] = 1_700_000_000
    catalog.lock_path.write_text(json.dumps(entries), encoding="utf-8")
    lock(catalog, bare.root)
    assert catalog.read_lock()["letters"].created == 1_700_000_000
    bare.change("config.json")
    lock(catalog, bare.root)
    assert catalog.read_lock()["letters"].created > 1_700_000_000


@pytest.mark.parametrize("spoilt", ["", "[]", '{"letters": 1}'])
def test_a_spoilt_lock_is_written_anew(bare: Project, catalog: Catalog, spoilt: str) -> None:
    catalog.lock_path.write_text(spoilt, encoding="utf-8")
    lock(catalog, bare.root)
    assert catalog.read_lock()["letters"].license == "MIT"


def test_a_licence_comes_from_the_model_card_unless_the_entry_has_one(bare: Project) -> None:
    (bare.root / "letters" / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    own = {"service": "embeddings", "source": "file:letters"}
    catalog = bare.catalog(card=own, entry=BARE)
    lock(catalog, bare.root)
    assert {name: entry.license for name, entry in catalog.read_lock().items()} == {"card": "cc-by-4.0", "entry": "MIT"}


def test_a_source_without_a_licence_is_not_locked(bare: Project) -> None:
    catalog = bare.catalog(letters={"service": "embeddings", "source": "file:letters"})
    with pytest.raises(CatalogError, match=r"models\.toml: \[letters\] license: the source names none; add `license"):
        lock(catalog, bare.root)
    assert not catalog.lock_path.exists()


def test_a_source_without_weights_is_said(bare: Project) -> None:
    (bare.root / "letters" / "model.safetensors").unlink()
    with pytest.raises(CatalogError, match=r"\[letters\] source: holds no model\.safetensors .* name a checkpoint"):
        lock(bare.catalog(letters=BARE), bare.root)


def test_a_source_that_is_not_there_is_said(bare: Project) -> None:
    catalog = bare.catalog(letters={**BARE, "source": "file:nowhere"})
    with pytest.raises(CatalogError, match=r"\[letters\] source: there is no folder .*nowhere; correct the path"):
        lock(catalog, bare.root)


def test_without_a_lock_nothing_is_locked(bare: Project) -> None:
    catalog = bare.catalog(letters=BARE)
    assert locked(catalog["letters"], catalog) is None


def test_a_source_that_is_as_locked_is_fetched(bare: Project, catalog: Catalog) -> None:
    spec = catalog["letters"]
    found = locked(spec, catalog)
    source = open_source(spec, catalog, bare.root)
    assert found is not None
    assert found.files == find(source, spec, catalog).files
    assert fetch(source, found, spec, catalog) == bare.root / "letters"


@pytest.mark.parametrize("command", ["change", "remove"])
def test_a_source_that_changed_after_it_was_locked_stops(bare: Project, catalog: Catalog, command: str) -> None:
    if command == "change":
        bare.change("config.json")
    else:
        (bare.root / "letters" / "config.json").unlink()
    says = r"models\.lock: \[letters\] source: config\.json is not the file that was locked; restore it, or accept it"
    with pytest.raises(CatalogError, match=says):
        build(catalog, [], bare.root)
    assert not bare.artifact("letters").exists()


def test_an_entry_whose_source_is_another_than_the_locks_stops(bare: Project, catalog: Catalog) -> None:
    changed = bare.catalog(letters={**BARE, "source": "file:other"})
    with pytest.raises(
        CatalogError, match=r"models\.lock: \[letters\] source: does not lock file:other; run `make lock"
    ):
        locked(changed["letters"], changed)
