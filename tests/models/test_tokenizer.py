"""The tokenizer of an artifact: the checkpoint's own, or made of its vocabulary."""

import json
import shutil
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from models.tokenizer import write_tokenizer

pytestmark = pytest.mark.torch

READER = Path(__file__).parents[2] / "models" / "embedded" / "reader"
QUESTION, CONTEXT = "Who wrote the notes?", "Ada LOVELACE wrote the naïve notes in 1843 — 東京."


def test_a_checkpoint_with_a_vocabulary_alone_is_converted(tmp_path: Path) -> None:
    own = json.loads((READER / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    checkpoint, artifact = tmp_path / "checkpoint", tmp_path / "artifact"
    for folder in (checkpoint, artifact):
        folder.mkdir()
    shutil.copy(READER / "config.json", checkpoint)
    (checkpoint / "vocab.txt").write_text("\n".join(sorted(own, key=own.get)), encoding="utf-8")
    (checkpoint / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    assert write_tokenizer(checkpoint, artifact) == {"converted": True, "reset": {}}
    ours, theirs = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (artifact, READER))
    made, kept = ours.encode(QUESTION, CONTEXT), theirs.encode(QUESTION, CONTEXT)
    assert (made.ids, made.offsets, made.type_ids) == (kept.ids, kept.offsets, kept.type_ids)


def test_cutting_and_padding_baked_into_a_checkpoint_are_taken_out_and_told(tmp_path: Path) -> None:
    checkpoint, artifact = tmp_path / "checkpoint", tmp_path / "artifact"
    for folder in (checkpoint, artifact):
        folder.mkdir()
    tokenizer = Tokenizer.from_file(str(READER / "tokenizer.json"))
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    tokenizer.save(str(checkpoint / "tokenizer.json"))
    assert write_tokenizer(checkpoint, artifact)["reset"].keys() == {"truncation", "padding"}
    written = Tokenizer.from_file(str(artifact / "tokenizer.json"))
    assert len(written.encode("one").ids) == 3
    assert len(written.encode(CONTEXT).ids) > 4
