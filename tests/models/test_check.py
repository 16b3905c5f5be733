"""What a check says of built artifacts, and the command line of the pipeline."""

import hashlib
from pathlib import Path

import pytest

from models.__main__ import main, run
from models.check import check
from shared.catalog import Catalog, CatalogError
from shared.manifest import Manifest
from tests.models.project import BARE, Project
from tests.shared.manifests import MANIFEST


def placed(bare: Project, catalog: Catalog, **facts: object) -> Path:
    """An artifact as a build would leave it, with other facts in its manifest where they are given."""
    directory = bare.artifact("letters")
    directory.mkdir(parents=True)
    (directory / "model.onnx").write_bytes(b"graph")
    digest = hashlib.sha256(b"graph").hexdigest()
    entry = catalog.read_lock()["letters"]
    own = {"id": "letters", "service": "embeddings", "source": entry.source, "revision": entry.revision}
    Manifest(**{**vars(MANIFEST), **own, "files": {"model.onnx": digest}, **facts}).write(directory)
    return directory


def test_a_whole_artifact_is_a_line(bare: Project, catalog: Catalog) -> None:
    placed(bare, catalog)
    (line,) = check(catalog, [], bare.root)
    assert line.startswith("[letters] 1 files as built, int8, from sha256:")


def test_an_artifact_that_was_not_built_is_said(bare: Project, catalog: Catalog) -> None:
    says = r"models\.toml: \[letters\] its artifact is not built; run `make models MODELS=.*models\.toml`\."
    with pytest.raises(CatalogError, match=says):
        check(catalog, [], bare.root)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "letters"}', '{"id": '])
def test_a_manifest_that_is_none_is_no_artifact(bare: Project, catalog: Catalog, text: str) -> None:
    (placed(bare, catalog) / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="its artifact is not built; run"):
        check(catalog, [], bare.root)


def test_a_file_that_is_not_the_one_that_was_built_is_named(bare: Project, catalog: Catalog) -> None:
    (placed(bare, catalog) / "model.onnx").write_bytes(b"other")
    with pytest.raises(
        CatalogError, match=r"\[letters\] the artifact's model\.onnx is not the file that was built; run"
    ):
        check(catalog, [], bare.root)


def test_an_artifact_of_another_revision_than_the_locks_is_said(bare: Project, catalog: Catalog) -> None:
    placed(bare, catalog, revision="sha256:old")
    with pytest.raises(CatalogError, match=r"revision: the artifact has 'sha256:old', not 'sha256:\w+'; run"):
        check(catalog, [], bare.root)


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
    bare: Project, catalog: Catalog, facts: dict[str, str], field: str
) -> None:
    placed(bare, catalog, **facts)
    changed = bare.catalog(letters={**BARE, "quantize": "int8"})
    says = rf"\[letters\] {field}: the artifact has '{facts.get(field, 'none')}', not '[\w:]+'; run"
    with pytest.raises(CatalogError, match=says):
        check(changed, [], bare.root)


def test_a_checkpoint_served_as_it_is_has_no_quantization_to_compare(bare: Project, catalog: Catalog) -> None:
    placed(bare, catalog, runtime="torch", quantization="none")
    changed = bare.catalog(letters={**BARE, "runtime": "torch", "quantize": "int8"})
    assert len(check(changed, [], bare.root)) == 1


def test_an_unknown_entry_is_said(bare: Project, catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="there is no entry 'letter'; it has letters"):
        check(catalog, ["letter"], bare.root)


# python -m models


def test_the_command_prints_what_it_wrote(bare: Project, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = bare.catalog(letters=BARE)
    assert main(["lock", "--catalog", str(catalog.path)]) == 0
    assert capsys.readouterr().out.strip() == str(catalog.lock_path)


def test_a_mistake_is_one_sentence_on_stderr(bare: Project, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = bare.catalog(letters={"service": "embeddings", "source": "file:letters"})
    assert main(["lock", "--catalog", str(catalog.path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1


@pytest.mark.parametrize("order", [["check", "letter", "--catalog"], ["check", "--catalog"]])
def test_entries_may_stand_on_either_side_of_the_catalog(
    bare: Project, order: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = bare.catalog(letters=BARE)
    assert main([*order, str(catalog.path), *(["letter"] if "letter" not in order else [])]) == 1
    assert "there is no entry 'letter'" in capsys.readouterr().err


def test_checking_is_a_command(bare: Project, catalog: Catalog) -> None:
    placed(bare, catalog)
    assert run("check", catalog, ["letters"], bare.root) == check(catalog, [], bare.root)
