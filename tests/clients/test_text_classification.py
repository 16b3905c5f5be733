"""Hugging Face's `InferenceClient.text_classification` against tiny classifiers that are built and served for it."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack import Stack, build_tiny, running

pytestmark = pytest.mark.clients

huggingface_hub: Any = importlib.import_module("huggingface_hub")
errors: Any = importlib.import_module("huggingface_hub.errors")

KEY = "a key for the client"
TEXT = "The lighthouse at Corran Point was finished in 1871 after four years of work."


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    catalog = build_tiny("tests.text_classification.served", tmp_path_factory.mktemp("classifiers"))
    with running(api_keys=f"clients={KEY}", catalog=catalog) as stack:
        yield stack


def client(stack: Stack, path: str) -> Any:
    return huggingface_hub.InferenceClient(model=f"{stack.url}{path}", token=KEY)


def test_a_text_has_all_labels_best_first(stack: Stack) -> None:
    best, other = client(stack, "/v1/sentiment").text_classification(TEXT)
    assert {best.label, other.label} == {"POSITIVE", "NEGATIVE"}
    assert 1 >= best.score >= other.score >= 0
    assert best.score + other.score == pytest.approx(1)


def test_every_parameter_is_taken(stack: Stack) -> None:
    topics = client(stack, "/v1/topics")
    own = topics.text_classification(TEXT, top_k=3)
    logits = topics.text_classification(TEXT, top_k=3, function_to_apply="none")
    shares = topics.text_classification(TEXT, function_to_apply="softmax")
    assert len(own) == len(logits) == 3
    assert [one.label for one in own] == [one.label for one in logits] == [one.label for one in shares[:3]]
    assert sum(one.score for one in shares) == pytest.approx(1)
    assert [one.score for one in topics.text_classification(TEXT, function_to_apply="sigmoid")][:3] == [
        one.score for one in own
    ]


def test_an_error_reads_as_a_sentence(stack: Stack) -> None:
    with pytest.raises(errors.BadRequestError, match="'inputs' must not be empty"):
        client(stack, "/v1/sentiment").text_classification("")
