"""Whatever a catalog, a lock or a manifest holds, it is read or refused by a sentence; nothing else is raised."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.artifact import verify
from shared.catalog import Catalog, CatalogError
from shared.manifest import FILE_NAME, Manifest
from shared.spec import Spec
from tests.shared.manifests import MANIFEST

RUNS = 500
VALID = b"""[qa]
service = "question_answering"
source = "file:reader"
aliases = ["reader"]
languages = ["en"]
gate = { same_answer = 0.9 }
limits = { characters = 100, items = 2 }
example = { question = "Who?", context = "Ada." }

[embeddings]
service = "embeddings"
source = "file:encoder"
"""
LOCK = json.dumps(
    {name: {"source": f"file:{of}", "revision": "r1", "license": None, "files": {"a": "00"}, "created": 1}
     for name, of in (("qa", "reader"), ("embeddings", "encoder"))}
).encode()  # fmt: skip

scalars = st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.sampled_from([*Spec.model_fields, "characters", "items", "question", "é", ""])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)


def toml(value: Any) -> str:
    """Write a value in TOML's inline form."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value).replace("NaN", "nan").replace("Infinity", "inf").replace("\x7f", "\\u007f")


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a file with a few bytes changed, taken out or put in."""
    drawn = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(drawn)))
        drawn[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(drawn)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def read(folder: Path, content: bytes) -> Catalog | None:
    """Return the catalog of these bytes, or None where they are refused with what to do."""
    path = folder / "models.toml"
    path.write_bytes(content)
    try:
        return Catalog.read(path)
    except CatalogError as error:
        refusal = str(error)
    assert refusal.startswith(str(path))
    assert refusal.endswith(".")
    return None


def check(folder: Path, content: bytes) -> None:
    """Verify an artifact whose manifest has these bytes, or see it refused."""
    catalog = read(folder, VALID)
    assert catalog is not None
    artifact = catalog.artifact("qa", folder)
    artifact.mkdir(parents=True, exist_ok=True)
    (artifact / FILE_NAME).write_bytes(content)
    with suppress(CatalogError):
        assert isinstance(verify(catalog, catalog["qa"], folder, None), Manifest)


@given(st.dictionaries(keys, values, max_size=4), st.sampled_from(["qa", "question_answering", "warmup", "é"]))
@settings(max_examples=RUNS)
def test_an_entry_of_any_values_is_read_or_refused(folder: Path, entry: dict[str, Any], name: str) -> None:
    entry = {"service": "question_answering", "source": "file:reader", **entry}
    lines = [f"{json.dumps(key)} = {toml(value)}" for key, value in entry.items()]
    read(folder, "\n".join([f"[{json.dumps(name)}]", *lines, ""]).encode())


@given(changed(VALID))
@settings(max_examples=RUNS)
def test_a_catalog_with_changed_bytes_is_read_or_refused(folder: Path, content: bytes) -> None:
    read(folder, content)


@given(changed(LOCK))
@settings(max_examples=RUNS)
def test_a_lock_with_changed_bytes_is_read_or_refused(folder: Path, content: bytes) -> None:
    catalog = read(folder, VALID)
    assert catalog is not None
    catalog.lock_path.write_bytes(content)
    with suppress(CatalogError):
        assert catalog.read_lock().keys() >= {"qa", "embeddings"}


@given(st.dictionaries(st.sampled_from([*vars(MANIFEST), "other"]), values | st.none(), min_size=1, max_size=3))
@settings(max_examples=RUNS)
def test_an_artifact_whose_manifest_has_other_values_is_verified_or_refused(
    folder: Path, values: dict[str, Any]
) -> None:
    check(folder, json.dumps({**vars(MANIFEST), **values}).encode())


@given(changed(json.dumps(vars(MANIFEST)).encode()))
@settings(max_examples=RUNS)
def test_an_artifact_whose_manifest_has_changed_bytes_is_verified_or_refused(folder: Path, content: bytes) -> None:
    check(folder, content)
