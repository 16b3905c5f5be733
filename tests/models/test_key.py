"""Which changes make an artifact again: those of all it depends on, and no others."""

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import pytest

from models.key import LIBRARIES, code_digest, key_of
from models.sources import Found
from tests.models.project import CODE, QUICK, Project

FOUND = Found(revision="1", license=None, files={"config.json": "a"})


def key(here: Project) -> str:
    return key_of(here.catalog(letters=QUICK)["letters"], FOUND, here.root, {"input": ["a"]})


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_version_of_a_library_is_another_artifact(
    bare: Project, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = key(bare), importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0" if name == library else version(name))
    assert key(bare) != before


def test_every_library_that_makes_or_runs_an_artifact_has_a_part_in_its_key() -> None:
    assert {"onnxruntime", "tokenizers", "torch", "transformers", "sentence-transformers", "numpy"} <= set(LIBRARIES)


@pytest.mark.parametrize("name", CODE)
def test_changed_code_is_another_artifact(bare: Project, name: str) -> None:
    before = key(bare)
    rewritten(bare.root / name, '"hello"', '"goodbye"')
    assert key(bare) != before


@pytest.mark.parametrize("name", CODE)
def test_a_comment_a_docstring_and_an_empty_line_change_nothing(bare: Project, name: str) -> None:
    before = key(bare)
    rewritten(bare.root / name, "Says hello.", "Greets.")
    rewritten(bare.root / name, "Return a greeting.", "Return the greeting.")
    rewritten(bare.root / name, '    return "hello"', '\n    # Every morning.\n    return ("hello")  # and evening')
    assert key(bare) == before


def test_how_requests_look_on_the_wire_changes_nothing(bare: Project) -> None:
    before = key(bare)
    (bare.root / "services" / "embeddings" / "wire.py").write_text("ENDPOINTS = ()\n", encoding="utf-8")
    assert key(bare) == before


def test_another_example_is_another_artifact(bare: Project) -> None:
    spec = bare.catalog(letters=QUICK)["letters"]
    one, other = (key_of(spec, FOUND, bare.root, {"input": [text]}) for text in "ab")
    assert one != other


@pytest.mark.parametrize("change", [lambda text: text + '\nNAME = "x"\n', lambda text: text.replace("str", "bytes")])
def test_what_a_module_does_is_its_digest(tmp_path: Path, change: Callable[[str], str]) -> None:
    path = tmp_path / "module.py"
    text = 'def greet() -> str:\n    return "hello"\n'
    path.write_text(text, encoding="utf-8")
    before = code_digest(path)
    path.write_text(change(text), encoding="utf-8")
    assert code_digest(path) != before
