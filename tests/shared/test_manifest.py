"""The manifest as a file."""

import json
from pathlib import Path

import pytest

from shared.manifest import FILE_NAME, Manifest
from tests.shared.manifests import MANIFEST


def test_a_manifest_reads_as_it_was_written(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST


def test_the_same_manifest_gives_the_same_bytes(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    first = (tmp_path / FILE_NAME).read_bytes()
    Manifest.read(tmp_path).write(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == first
    assert "é".encode() in first  # as letters, not as escapes


def test_outputs_are_read_in_the_order_in_which_the_network_gives_them(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    assert list(Manifest.read(tmp_path).outputs) == ["start_logits", "end_logits"]


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({"id": "qa"}))
    with pytest.raises(TypeError):
        Manifest.read(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"), [("files", None), ("id", 5), ("max_tokens", "512"), ("dimensions", [3]), ("batched", "yes")]
)
def test_a_value_of_another_kind_is_refused(tmp_path: Path, field: str, value: object) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({**vars(MANIFEST), field: value}))
    with pytest.raises(TypeError, match=f"{field} of .*{FILE_NAME} has a value of another kind"):
        Manifest.read(tmp_path)
