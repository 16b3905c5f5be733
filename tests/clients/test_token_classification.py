"""Hugging Face's `InferenceClient.token_classification` against tiny classifiers that are built and served for it."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack import Stack, build_tiny, running

pytestmark = pytest.mark.clients

huggingface_hub: Any = importlib.import_module("huggingface_hub")
errors: Any = importlib.import_module("huggingface_hub.errors")

KEY = "a key for the client"
TEXT = "Every spring the cooperative of Millbrook sells about 3,400 jars of honey to Käthe Größler in Köln."


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    catalog = build_tiny("tests.token_classification.served", tmp_path_factory.mktemp("classifiers"))
    with running(api_keys=f"clients={KEY}", catalog=catalog) as stack:
        yield stack


def client(stack: Stack, path: str = "/v1/ner") -> Any:
    return huggingface_hub.InferenceClient(model=f"{stack.url}{path}", token=KEY)


@pytest.mark.parametrize("path", ["/v1/ner", "/v1/ner-bytes"])
def test_entities_are_found_where_they_stand(stack: Stack, path: str) -> None:
    entities = client(stack, path).token_classification(TEXT)
    assert len(entities) > 1
    for one in entities:
        assert TEXT[one.start : one.end] == one.word
        assert one.entity_group in {"PER", "LOC", "ORG", "MISC", "X-Y"}
        assert 0 < one.score <= 1


@pytest.mark.parametrize("strategy", ["simple", "first", "average", "max"])
def test_every_parameter_is_taken(stack: Stack, strategy: str) -> None:
    asked = client(stack)
    everything = asked.token_classification(TEXT, aggregation_strategy=strategy, ignore_labels=[], stride=8)
    named = asked.token_classification(TEXT, aggregation_strategy=strategy, ignore_labels=["O"], stride=8)
    assert {"O"} < {one.entity_group for one in everything}
    assert [one for one in everything if one.entity_group != "O"] == named


def test_tokens_are_given_as_the_vocabulary_writes_them(stack: Stack) -> None:
    tokens = client(stack).token_classification(TEXT, aggregation_strategy="none", ignore_labels=[])
    assert [one.index for one in tokens] == list(range(1, len(tokens) + 1))
    assert any(one.word.startswith("##") and TEXT[one.start : one.end] == one.word[2:] for one in tokens)
    assert {one.entity for one in tokens} > {"O"}


def test_an_error_reads_as_a_sentence(stack: Stack) -> None:
    with pytest.raises(errors.BadRequestError, match="'inputs' must not be empty"):
        client(stack).token_classification("")
    with pytest.raises(errors.BadRequestError, match="'parameters.stride' should be"):
        client(stack).token_classification(TEXT, stride=-1)
