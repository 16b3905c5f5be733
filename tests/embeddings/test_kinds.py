"""Both runtimes against sentence-transformers' own `encode`, on a tiny model of each kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.embeddings.model import Floats, decode_vectors
from shared.contract import Inference, Model, load

pytestmark = pytest.mark.torch
Make = Callable[[Path], dict[str, Model]]


def embed(model: Model, texts: list[str], **fields: Any) -> Floats:
    return decode_vectors(model.infer({"input": texts, **fields}).result)


def assert_like_sentence_transformers(checkpoint: Path, models: dict[str, Model], tokens: list[int]) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Hello World", "a", "x " * 150, "ÄÖ ß İstanbul", "x y z"]
    published = SentenceTransformer(str(checkpoint), device="cpu")
    published.max_seq_length = tokens[2]
    expected = published.encode(texts)
    for model in models.values():
        inference: Inference = model.infer({"input": texts, "normalize": None})
        assert np.allclose(decode_vectors(inference.result), expected, atol=1e-5)
        assert inference.result["tokens"] == tokens
        assert inference.truncated == sum(count == tokens[2] for count in tokens)


def test_cls_pooling_with_a_prompt_of_its_own_and_lower_casing_left_to_us(tmp_path: Path, made: Make) -> None:
    from tests.embeddings import tiny

    encoder = tiny.bert(tmp_path / "encoder")
    checkpoint = tiny.sentence_transformer(
        encoder,
        tmp_path / "checkpoint",
        pooling="cls",
        normalize=True,
        prompts={"query": "Q "},
        default_prompt_name="query",
    )
    early = {"max_seq_length": 40, "do_lower_case": True}
    (checkpoint / "sentence_bert_config.json").write_text(json.dumps(early))
    models = made(checkpoint)
    assert_like_sentence_transformers(checkpoint, models, [13, 4, 40, 6, 6])
    for model in models.values():
        assert np.allclose(embed(model, ["HELLO"]), embed(model, ["hello"]))
        assert not np.allclose(embed(model, ["hello"], prompt_name="document"), embed(model, ["hello"]))


def test_mean_pooling_without_normalisation_up_to_the_last_position_of_a_roberta(tmp_path: Path, made: Make) -> None:
    from tests.embeddings import tiny

    encoder = tiny.roberta(tmp_path / "encoder")
    checkpoint = tiny.sentence_transformer(encoder, tmp_path / "checkpoint", pooling="mean", normalize=False)
    models = made(checkpoint)
    assert_like_sentence_transformers(checkpoint, models, [13, 3, 32, 19, 7])
    assert abs(np.linalg.norm(embed(models["onnx"], ["a"])) - 1) > 0.1


def test_last_token_pooling_of_a_decoder_that_pads_on_the_left(tmp_path: Path, made: Make) -> None:
    from tests.embeddings import tiny

    encoder = tiny.qwen(tmp_path / "encoder")
    checkpoint = tiny.sentence_transformer(
        encoder, tmp_path / "checkpoint", pooling="lasttoken", normalize=True, max_tokens=24
    )
    assert_like_sentence_transformers(checkpoint, made(checkpoint), [12, 2, 24, 18, 6])


def test_a_text_has_the_same_vector_alone_and_side_by_side(tmp_path: Path) -> None:
    from tests.embeddings import tiny
    from tests.encoder.artifacts import change, write_artifact

    encoder = tiny.bert(tmp_path / "encoder")
    checkpoint = tiny.sentence_transformer(encoder, tmp_path / "checkpoint", pooling="mean", normalize=True)
    artifact = change(write_artifact("embeddings", checkpoint, tmp_path / "artifact", "onnx"), batched=False)
    texts = ["a", "bc def", "ghij " * 6, "k", "lmn o p"]
    one, two = (load(artifact, threads) for threads in (1, 2))
    for text, vector in zip(texts, embed(two, texts), strict=True):
        np.testing.assert_array_equal(embed(one, [text])[0], vector)
