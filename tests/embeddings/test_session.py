"""What services share to open an onnx artifact."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from services.embeddings.pooling import vectors
from services.session import ONCE_BYTES, Sessions, open_artifact, open_tokenizer


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


class Counted:
    """A session that knows who called it."""

    def __init__(self) -> None:
        self.items: list[int] = []

    def take(self, item: int) -> None:
        self.items.append(item)


@pytest.mark.parametrize(
    ("threads", "items", "large", "second"),
    [(1, 5, False, False), (2, 1, False, False), (4, 3, False, False), (2, 2, False, True), (2, 5, True, False)],
    ids=["one thread", "one item", "fewer than threads", "enough", "large weights"],
)
def test_runs_go_side_by_side_where_there_are_enough_for_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, items: int, large: bool, second: bool
) -> None:
    with (tmp_path / "model.onnx.data").open("wb") as weights:
        weights.truncate(ONCE_BYTES + large)
    whole, single = Counted(), Counted()
    monkeypatch.setattr("services.session.open_session", lambda directory, threads: single)
    Sessions(tmp_path, threads, whole).each(Counted.take, range(items))
    assert sorted(single.items if second else whole.items) == list(range(items))
    assert (whole if second else single).items == []


def test_what_a_run_raises_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.session.open_session", lambda directory, threads: None)
    with pytest.raises(ZeroDivisionError):
        Sessions(tmp_path, 2, None).each(lambda session, item: 1 // item, [2, 1, 0])


@pytest.mark.torch
def test_a_text_has_the_same_vector_alone_and_side_by_side(tmp_path: Path) -> None:
    from services.embeddings.onnx_model import Model
    from tests.embeddings import artifacts, tiny

    checkpoint = tiny.sentence_transformer(
        tiny.bert(tmp_path / "encoder"), tmp_path / "checkpoint", pooling="mean", normalize=True
    )
    artifact = artifacts.change(artifacts.onnx_artifact(checkpoint, tmp_path / "artifact"), quantization="int8")
    texts = ["a", "bc def", "ghij " * 6, "k", "lmn o p"]
    one, two = (Model.load(artifact, threads) for threads in (1, 2))
    together = vectors(two.infer({"input": texts}).result)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(vectors(one.infer({"input": [text]}).result)[0], vector)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_missing_is_said_whatever_the_threads(tmp_path: Path, threads: int) -> None:
    with pytest.raises(Exception, match="model.onnx"):
        open_artifact(tmp_path, threads)
