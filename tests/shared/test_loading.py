"""An artifact that is not the one that was built is not served, whichever of its files is at fault."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared import loading
from shared.integrity import differing, sha256
from shared.loading import LoadError
from shared.manifest import Manifest
from tests.shared import toys
from tests.shared.toys import FakeContext, ask, sandbox

FILES = ("tokenizer.json", "model.onnx", "model.onnx.data")


@pytest.fixture
def files(artifact: Path) -> Path:
    """An artifact of three files, of which the weights are too large to be read at a start."""
    for name in FILES:
        (artifact / name).write_bytes(name.encode() * 10)
    digests = {name: sha256(artifact / name) for name in FILES}
    replace(Manifest.read(artifact), files=digests).write(artifact)
    return artifact


def test_a_whole_artifact_is_served(files: Path) -> None:
    assert sandbox(files)(ask("a"), FakeContext())["result"]["lengths"] == [1]
    assert len(toys.Echo.examples) == 1


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "truncated", "a flipped bit", "another's"])
def test_a_damaged_file_is_named_in_a_sentence(files: Path, name: str, damage: str) -> None:
    content = (files / name).read_bytes()
    (files / name).unlink()
    if damage == "truncated":
        (files / name).write_bytes(content[:-1])
    elif damage == "a flipped bit":
        (files / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif damage == "another's":
        (files / name).write_bytes((files / "manifest.json").read_bytes())
    with pytest.raises(LoadError, match=f"{name} is not the file that was built. Build the artifact again"):
        sandbox(files)


def test_large_weights_are_judged_by_the_example_and_then_named(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SMALL_BYTES", 145)
    (files / "model.onnx.data").write_bytes(b"0" * 150)
    assert sandbox(files)(ask("a"), FakeContext())["result"]["lengths"] == [1]
    with pytest.raises(LoadError, match="model.onnx.data is not the file that was built"):
        sandbox(files, toys.load_damaged)


@pytest.mark.parametrize("answer", [{"lengths": [8]}, {}, {"lengths": [float("nan")]}])
def test_a_model_that_gives_another_answer_to_its_example_is_not_served(artifact: Path, answer: object) -> None:
    example = {"request": toys.EXAMPLE, "result": answer}
    replace(Manifest.read(artifact), example=example).write(artifact)
    with pytest.raises(LoadError, match="To its own example result differs from the golden answer: the model is not"):
        sandbox(artifact)


def test_a_file_too_large_to_read_has_to_be_there(files: Path) -> None:
    expected = Manifest.read(files).files
    (files / "model.onnx").write_bytes(b"x" * 200)
    assert differing(files, expected, read_bytes=199) == []
    (files / "model.onnx").unlink()
    assert differing(files, expected, read_bytes=199) == ["model.onnx"]
