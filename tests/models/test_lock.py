"""What a lock says of a source, and how a build, a check and the command line hold to it."""

import hashlib
import json
from pathlib import Path

import pytest

from models.__main__ import main, run
from models.build import build
from models.check import check
from models.lock import fetch, find, lock, locked, open_source
from shared.catalog import Catalog, CatalogError
from shared.manifest import Manifest
from tests.models.project import Project, project
from tests.shared.manifests import MANIFEST

FILES = {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights"}
ENTRY = {"service": "embeddings", "source": "file:letters", "license": "MIT"}


@pytest.fixture
def here(tmp_path: Path) -> Project:
    """A project whose checkpoint nobody loads."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return project(tmp_path / "project", folder)


@pytest.fixture
def catalog(here: Project) -> Catalog:
    """One entry, locked."""
    found = here.catalog(letters=ENTRY)
    lock(found, here.root)
    return found


def placed(here: Project, catalog: Catalog, **facts: object) -> Path:
    """An artifact as a build would leave it, with other facts in its manifest where they are given."""
    directory = here.artifact("letters")
    directory.mkdir(parents=True)
    (directory / "model.onnx").write_bytes(b"graph")
    digest = hashlib.sha256(b"graph").hexdigest()
    entry = catalog.read_lock()["letters"]
    own = {"id": "letters", "service": "embeddings", "source": entry.source, "revision": entry.revision}
    Manifest(**{**vars(MANIFEST), **own, "files": {"model.onnx": digest}, **facts}).write(directory)
    return directory


# lock


def test_a_lock_holds_revision_licence_and_every_files_digest(catalog: Catalog) -> None:
    entry = json.loads(catalog.lock_path.read_text(encoding="utf-8"))["letters"]
    assert entry["source"] == "file:letters"
    assert entry["revision"].startswith("sha256:")
    assert entry["license"] == "MIT"
    assert entry["files"] == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in FILES.items()}


def test_the_same_sources_give_the_same_bytes(here: Project, catalog: Catalog) -> None:
    first = catalog.lock_path.read_bytes()
    assert lock(catalog, here.root).read_bytes() == first


def test_a_licence_comes_from_the_model_card_unless_the_entry_has_one(here: Project) -> None:
    (here.root / "letters" / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    own = {"service": "embeddings", "source": "file:letters"}
    catalog = here.catalog(card=own, entry=ENTRY)
    lock(catalog, here.root)
    assert {name: entry.license for name, entry in catalog.read_lock().items()} == {"card": "cc-by-4.0", "entry": "MIT"}


def test_a_source_without_a_licence_is_not_locked(here: Project) -> None:
    catalog = here.catalog(letters={"service": "embeddings", "source": "file:letters"})
    with pytest.raises(CatalogError, match=r"models\.toml: \[letters\] license: the source names none; add `license"):
        lock(catalog, here.root)
    assert not catalog.lock_path.exists()


def test_a_source_without_weights_is_said(here: Project) -> None:
    (here.root / "letters" / "model.safetensors").unlink()
    with pytest.raises(CatalogError, match=r"\[letters\] source: holds no model\.safetensors .* name a checkpoint"):
        lock(here.catalog(letters=ENTRY), here.root)


def test_a_source_that_is_not_there_is_said(here: Project) -> None:
    catalog = here.catalog(letters={**ENTRY, "source": "file:nowhere"})
    with pytest.raises(CatalogError, match=r"\[letters\] source: there is no folder .*nowhere; correct the path"):
        lock(catalog, here.root)


# What was locked


def test_without_a_lock_nothing_is_locked(here: Project) -> None:
    catalog = here.catalog(letters=ENTRY)
    assert locked(catalog["letters"], catalog) is None


def test_a_source_that_is_as_locked_is_fetched(here: Project, catalog: Catalog) -> None:
    spec = catalog["letters"]
    found = locked(spec, catalog)
    source = open_source(spec, catalog, here.root)
    assert found is not None
    assert found.files == find(source, spec, catalog).files
    assert fetch(source, found, spec, catalog) == here.root / "letters"


@pytest.mark.parametrize("command", ["change", "remove"])
def test_a_source_that_changed_after_it_was_locked_stops(here: Project, catalog: Catalog, command: str) -> None:
    if command == "change":
        here.change("config.json")
    else:
        (here.root / "letters" / "config.json").unlink()
    says = r"models\.lock: \[letters\] source: config\.json is not the file that was locked; restore it, or accept it"
    with pytest.raises(CatalogError, match=says):
        build(catalog, [], here.root)
    assert not here.artifact("letters").exists()


def test_an_entry_whose_source_is_another_than_the_locks_stops(here: Project, catalog: Catalog) -> None:
    changed = here.catalog(letters={**ENTRY, "source": "file:other"})
    with pytest.raises(
        CatalogError, match=r"models\.lock: \[letters\] source: does not lock file:other; run `make lock"
    ):
        locked(changed["letters"], changed)


# check


def test_a_whole_artifact_is_a_line(here: Project, catalog: Catalog) -> None:
    placed(here, catalog)
    (line,) = check(catalog, [], here.root)
    assert line.startswith("[letters] 1 files as built, int8, from sha256:")


def test_an_artifact_that_was_not_built_is_said(here: Project, catalog: Catalog) -> None:
    says = r"models\.toml: \[letters\] .*letters holds no artifact; run `python -m models build --catalog .* letters`"
    with pytest.raises(CatalogError, match=says):
        check(catalog, [], here.root)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "letters"}', '{"id": '])
def test_a_manifest_that_is_none_is_no_artifact(here: Project, catalog: Catalog, text: str) -> None:
    (placed(here, catalog) / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="holds no artifact; run"):
        check(catalog, [], here.root)


def test_a_file_that_is_not_the_one_that_was_built_is_named(here: Project, catalog: Catalog) -> None:
    (placed(here, catalog) / "model.onnx").write_bytes(b"other")
    with pytest.raises(CatalogError, match=r"\[letters\] model\.onnx in .* is not the file that was built; run"):
        check(catalog, [], here.root)


def test_an_artifact_of_another_revision_than_the_locks_is_said(here: Project, catalog: Catalog) -> None:
    placed(here, catalog, revision="sha256:old")
    with pytest.raises(CatalogError, match=r"was built from sha256:old, the lock says sha256:\w+; run"):
        check(catalog, [], here.root)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"source": "file:other"}, "source"),
        ({"runtime": "torch"}, "runtime"),
        ({"service": "question_answering"}, "service"),
        ({"quantization": "none"}, "quantize"),
    ],
)
def test_an_artifact_of_another_entry_than_the_catalogs_is_said(
    here: Project, catalog: Catalog, facts: dict[str, str], field: str
) -> None:
    placed(here, catalog, **facts)
    changed = here.catalog(letters={**ENTRY, "quantize": "int8"})
    says = rf"\[letters\] {field}: the artifact has '{facts.get(field, 'none')}', the catalog says '[\w:]+'; run"
    with pytest.raises(CatalogError, match=says):
        check(changed, [], here.root)


def test_a_checkpoint_served_as_it_is_has_no_quantization_to_compare(here: Project, catalog: Catalog) -> None:
    placed(here, catalog, runtime="torch", quantization="none")
    changed = here.catalog(letters={**ENTRY, "runtime": "torch", "quantize": "int8"})
    assert len(check(changed, [], here.root)) == 1


def test_an_unknown_entry_is_said(here: Project, catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="there is no entry 'letter'; it has letters"):
        check(catalog, ["letter"], here.root)


# python -m models


def test_the_command_prints_what_it_wrote(here: Project, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = here.catalog(letters=ENTRY)
    assert main(["lock", "--catalog", str(catalog.path)]) == 0
    assert capsys.readouterr().out.strip() == str(catalog.lock_path)


def test_a_mistake_is_one_sentence_on_stderr(here: Project, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = here.catalog(letters={"service": "embeddings", "source": "file:letters"})
    assert main(["lock", "--catalog", str(catalog.path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1


@pytest.mark.parametrize("order", [["check", "letter", "--catalog"], ["check", "--catalog"]])
def test_entries_may_stand_on_either_side_of_the_catalog(
    here: Project, order: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = here.catalog(letters=ENTRY)
    assert main([*order, str(catalog.path), *(["letter"] if "letter" not in order else [])]) == 1
    assert "there is no entry 'letter'" in capsys.readouterr().err


def test_checking_is_a_command(here: Project, catalog: Catalog) -> None:
    placed(here, catalog)
    assert run("check", catalog, ["letters"], here.root) == check(catalog, [], here.root)
