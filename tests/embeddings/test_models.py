"""Both runtimes against sentence-transformers' own `encode`, on the embedded model."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.texts import pairs
from services.embeddings.model import Floats, decode_vectors
from shared.contract import Model, load
from shared.errors import InvalidRequest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

pytestmark = pytest.mark.torch
TEXTS = [
    "A swimmer crosses the lake before breakfast.",
    "Ein kurzer Satz.",
    "\u200b",
    "naïve café, e\u0301 and 👩‍👩‍👧‍👦",
    "湖は静かです。",
    "one " * 400,
]


def embed(model: Model, texts: list[str], **fields: Any) -> Floats:
    return decode_vectors(model.infer({"input": texts, **fields}).result)


def cosines(ours: Floats, theirs: Floats) -> Floats:
    unit = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in (ours.astype(float), theirs.astype(float))]
    cosine: Floats = np.sum(unit[0] * unit[1], axis=1)
    return cosine


def test_float_vectors_are_those_of_sentence_transformers(onnx_model: Model, published: "SentenceTransformer") -> None:
    texts = [pair.questions[0] for pair in pairs()] + [pair.paragraph for pair in pairs()[::8]] + TEXTS
    assert cosines(embed(onnx_model, texts), published.encode(texts)).min() >= 0.99999


def test_the_reference_is_sentence_transformers(torch_model: Model, published: "SentenceTransformer") -> None:
    assert np.allclose(embed(torch_model, TEXTS), published.encode(TEXTS), atol=1e-6)


@pytest.mark.parametrize(
    "fields",
    [
        {"truncation_direction": "left"},
        {"dimensions": 128},
        {"normalize": False},
        {"normalize": False, "dimensions": 5},
    ],
)
def test_both_runtimes_answer_the_same(fields: dict[str, Any], onnx_model: Model, torch_model: Model) -> None:
    ours, theirs = (model.infer({"input": TEXTS, **fields}) for model in (onnx_model, torch_model))
    assert np.allclose(decode_vectors(ours.result), decode_vectors(theirs.result), atol=1e-5)
    assert (ours.result["tokens"], ours.tokens, ours.truncated) == (
        theirs.result["tokens"],
        theirs.tokens,
        theirs.truncated,
    )


def test_the_models_own_maximum_counts_not_the_tokenizer_files(onnx_model: Model) -> None:
    assert onnx_model.infer({"input": ["one " * 200, "one " * 400]}).result["tokens"] == [202, 256]


def test_cut_texts_are_counted(onnx_model: Model) -> None:
    inference = onnx_model.infer({"input": ["short", "one " * 255, "one " * 254]})
    assert inference.truncated == 1
    assert inference.tokens == 3 + 256 + 256


def test_a_text_too_long_to_be_read_whole_is_refused_when_cutting_is_forbidden(onnx_model: Model) -> None:
    with pytest.raises(InvalidRequest, match=r"'input\[1\]' is 257 tokens long and the model reads 256"):
        onnx_model.infer({"input": ["short", "one " * 255], "truncate": False})


def test_cutting_left_keeps_the_end_of_a_text(onnx_model: Model) -> None:
    cut = embed(onnx_model, ["start " * 100 + "one " * 254], truncation_direction="left")
    assert np.allclose(cut, embed(onnx_model, ["one " * 254]), atol=1e-5)


def test_shortened_vectors_have_unit_length_and_point_where_the_long_ones_did(onnx_model: Model) -> None:
    short, long = embed(onnx_model, TEXTS, dimensions=64), embed(onnx_model, TEXTS)
    assert short.shape == (len(TEXTS), 64)
    assert np.allclose(np.linalg.norm(short, axis=1), 1, atol=1e-6)
    assert cosines(short, long[:, :64]).min() >= 0.999999


def test_raw_vectors_are_the_pooled_ones(onnx_model: Model, published: "SentenceTransformer") -> None:
    raw = embed(onnx_model, TEXTS, normalize=False)
    assert np.linalg.norm(raw, axis=1).max() > 1.5
    assert cosines(raw, published.encode(TEXTS)).min() >= 0.99999


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=8),
    data=st.data(),
)
@hypothesis_settings(max_examples=25, deadline=None)
def test_a_text_has_the_same_vector_alone_and_in_any_company(
    texts: list[str], data: st.DataObject, onnx_model: Model
) -> None:
    order = data.draw(st.permutations(range(len(texts))))
    together = embed(onnx_model, texts)
    assert np.isfinite(together).all()
    assert np.allclose(embed(onnx_model, [texts[i] for i in order]), together[list(order)], atol=1e-5)
    assert np.allclose(np.concatenate([embed(onnx_model, [text]) for text in texts]), together, atol=1e-5)


def test_the_vectors_of_a_quantized_artifact_are_exactly_the_same_in_any_company(
    onnx_model: Model, artifacts: Callable[[str], Path], tmp_path: Path
) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from tests.encoder.artifacts import change

    artifact = change(shutil.copytree(artifacts("onnx"), tmp_path / "artifact"), quantization="int8", batched=False)
    graph = artifact / "model.onnx"
    quantize_dynamic(graph, graph, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    model = load(artifact, 1)
    together = embed(model, TEXTS)
    assert np.array_equal(together, np.concatenate([embed(model, [text]) for text in TEXTS]))
    assert cosines(together, embed(onnx_model, TEXTS)).min() >= 0.95
