"""From texts to vectors: prompts, cutting, pooling and length, with a network of known vectors."""

from typing import Any

import numpy as np
import pytest
from tokenizers import processors

from services.embeddings.model import Floats, Model, decode_vectors, pool
from shared.contract import Deadline
from shared.errors import InvalidRequest, Timeout, TooLarge
from tests.embeddings.fakes import CONFIG, DIMENSIONS, OUTPUTS, VECTORS, model, token_vectors
from tests.encoder import fakes
from tests.encoder.fakes import FakeClock, FakeNetwork, letters, tokenizer


def embed(made: Model, *texts: str, **fields: Any) -> Floats:
    return decode_vectors(made.infer({"input": list(texts), **fields}).result)


def read(*texts: str, max_tokens: int = 8, config: dict[str, Any] | None = None, **fields: Any) -> list[list[int]]:
    """Return the ids that the network is given for texts, in no order; padding is left out."""
    network = FakeNetwork(VECTORS)
    embed(model(network, max_tokens=max_tokens, **config or {}), *texts, **fields)
    return [
        ids[mask == 1].tolist()
        for feed in network.feeds
        for ids, mask in zip(feed["input_ids"], feed["attention_mask"], strict=True)
    ]


def refusal(made: Model, *texts: str, **fields: Any) -> tuple[str, str | None, int | None]:
    with pytest.raises(InvalidRequest) as raised:
        embed(made, *texts, **fields)
    return raised.value.message, raised.value.param, raised.value.item


def test_what_fits_is_read_between_special_tokens_and_not_cut() -> None:
    inference = model().infer({"input": ["paris light the who the light", "paris"]})
    assert read("paris") == [tokenizer().encode("paris").ids]
    assert (inference.result["tokens"], inference.tokens, inference.truncated) == ([8, 3], 11, 0)
    assert inference.ms.keys() == {"tokenize", "model"}


@pytest.mark.parametrize(("direction", "kept"), [("right", "paris light"), ("left", "the who")])
def test_what_is_too_long_loses_tokens_on_the_side_asked_for_and_keeps_its_special_tokens(
    direction: str, kept: str
) -> None:
    ids = read("paris light the who", max_tokens=4, truncation_direction=direction)
    assert ids == [tokenizer().encode(kept).ids]


def test_cut_texts_are_counted() -> None:
    inference = model().infer({"input": ["paris " * 7, "paris " * 6, "paris"]})
    assert (inference.result["tokens"], inference.tokens, inference.truncated) == ([8, 8, 3], 19, 1)


def test_a_request_that_forbids_cutting_is_told_which_text_is_how_long() -> None:
    said = "'input[1]' is 9 tokens long and the model reads 8; shorten it or allow 'truncate'."
    assert refusal(model(), "paris", "paris " * 7, truncate=False) == (said, "input", 1)
    assert embed(model(), "paris " * 6, truncate=False).shape == (1, DIMENSIONS)


def test_a_text_that_leaves_no_token_is_refused_where_nothing_frames_it() -> None:
    said = "'input[1]' holds nothing that the model can read; leave it out."
    assert refusal(model(tokenizer=letters()), "a", " ") == (said, "input", 1)


def test_a_text_that_leaves_no_token_is_its_special_tokens() -> None:
    assert read(" ") == [tokenizer().encode("").ids]


@pytest.mark.parametrize(
    ("default", "asked", "prompt"),
    [
        (None, None, ""),
        (None, "query", "who "),
        ("query", None, "who "),
        ("query", "passage", ""),
    ],
)
def test_a_prompt_is_put_before_each_text(default: str | None, asked: str | None, prompt: str) -> None:
    ids = read("paris", "light", config={"default_prompt_name": default}, prompt_name=asked)
    assert sorted(ids) == sorted(tokenizer().encode(prompt + text).ids for text in ("paris", "light"))


def test_an_unknown_prompt_is_refused_with_those_that_there_are() -> None:
    said = "'prompt_name' must be one of query, passage."
    assert refusal(model(), "paris", prompt_name="secret") == (said, "prompt_name", None)


def test_a_model_without_prompts_says_so() -> None:
    said = "'prompt_name' must be left out: this model has no prompts."
    assert refusal(model(prompts={}), "paris", prompt_name="query") == (said, "prompt_name", None)


@pytest.mark.parametrize("pooling", ["mean", "cls", "lasttoken"])
def test_a_text_has_the_pooled_vector_of_its_tokens_alone_and_in_any_company(pooling: Any) -> None:
    made = model(pooling=pooling, normalize=False)
    texts = ["paris", "the light", "who", "paris " * 9]
    together = embed(made, *texts)
    for text, vector in zip(texts, together, strict=True):
        ids = tokenizer().encode(text).ids
        expected = pool(token_vectors([*ids[:-1][:7], ids[-1]]), pooling)
        np.testing.assert_allclose(vector, expected, rtol=1e-6)
        np.testing.assert_array_equal(embed(made, text)[0], vector)


@pytest.mark.parametrize(
    ("asked", "own", "dimensions", "expected"),
    [
        (None, True, None, True),
        (None, False, None, False),
        (None, False, 2, True),
        (None, False, DIMENSIONS, False),
        (False, True, None, False),
        (False, True, 2, False),
        (True, False, None, True),
    ],
)
def test_vectors_are_normalised_when_asked_else_as_the_model_does_or_when_shortened(
    asked: bool | None, own: bool, dimensions: int | None, expected: bool
) -> None:
    (vector,) = embed(model(normalize=own), "paris", normalize=asked, dimensions=dimensions)
    assert (abs(np.linalg.norm(vector) - 1) < 1e-6) == expected


def test_vectors_are_shortened_before_they_are_normalised() -> None:
    made = model()
    whole, short = embed(made, "paris", normalize=False), embed(made, "paris", dimensions=2)
    np.testing.assert_allclose(short, whole[:, :2] / np.linalg.norm(whole[:, :2]), rtol=1e-6)
    assert made.infer({"input": ["paris"], "dimensions": 2}).result["dimensions"] == 2


@pytest.mark.parametrize("dimensions", [DIMENSIONS + 1, 100_000])
def test_more_dimensions_than_the_model_has_are_refused(dimensions: int) -> None:
    said = "'dimensions' must be a whole number from 1 to 4, as the model has."
    assert refusal(model(), "paris", dimensions=dimensions) == (said, "dimensions", None)


def test_a_decoder_that_ends_a_text_with_a_token_reads_it_last() -> None:
    own = letters("<end>")
    own.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 3)])
    made = model(tokenizer=own, pooling="lasttoken", normalize=False)
    np.testing.assert_array_equal(embed(made, "a b", "c c c c c c c c c"), token_vectors([3, 3]))


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"dimensions": None, "config": CONFIG}, "names no dimensions; build the artifact again"),
        ({"dimensions": 4, "config": {**CONFIG, "pooling": "max"}}, "'max' is not served; it may be mean, cls, last"),
    ],
)
def test_an_artifact_that_cannot_be_served_is_refused(facts: dict[str, Any], problem: str) -> None:
    encoder = fakes.encoder(VECTORS, outputs=OUTPUTS)
    with pytest.raises(ValueError, match=problem):
        Model(encoder, fakes.manifest(outputs=OUTPUTS, **facts))


def test_a_request_whose_time_is_over_is_not_read() -> None:
    network = FakeNetwork(VECTORS)
    with pytest.raises(Timeout):
        model(network).infer({"input": ["paris"]}, Deadline.after(-1))
    assert network.feeds == []


def test_more_texts_than_the_time_left_allows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    monkeypatch.setattr("time.monotonic", clock)
    with pytest.raises(TooLarge):
        model(clock.slow(VECTORS, token_s=0.01)).infer({"input": ["paris"] * 2_000}, Deadline.after(20))
