"""What services share to open an onnx artifact."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from services.session import open_artifact, open_tokenizer


def test_a_tokenizer_is_opened_without_the_cutting_and_padding_baked_into_it(tmp_path: Path) -> None:
    baked = Tokenizer(models.WordLevel({"a": 0, "[PAD]": 1}, unk_token="a"))
    baked.pre_tokenizer = pre_tokenizers.Whitespace()
    baked.enable_truncation(2)
    baked.enable_padding(length=2, pad_id=1, pad_token="[PAD]")
    baked.save(str(tmp_path / "tokenizer.json"))
    tokenizer = open_tokenizer(tmp_path)
    assert tokenizer.encode("a").ids == [0]
    assert tokenizer.encode("a a a").ids == [0, 0, 0]


@pytest.mark.torch
@pytest.mark.parametrize("threads", [1, 2])
def test_graph_and_tokenizer_are_opened_whatever_the_threads(tmp_path: Path, threads: int) -> None:
    from tests.embeddings import artifacts, tiny  # they load PyTorch

    checkpoint = tiny.sentence_transformer(
        tiny.bert(tmp_path / "encoder"), tmp_path / "checkpoint", pooling="mean", normalize=True
    )
    artifact = artifacts.onnx_artifact(checkpoint, tmp_path / "artifact")
    session, tokenizer = open_artifact(artifact, threads, lowercase=True)
    assert session.get_session_options().intra_op_num_threads == threads
    assert tokenizer.encode("A").ids == tokenizer.encode("a").ids


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_missing_is_said_whatever_the_threads(tmp_path: Path, threads: int) -> None:
    with pytest.raises(Exception, match="model.onnx"):
        open_artifact(tmp_path, threads)
