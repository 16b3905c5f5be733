"""Errors speak of the caller's own fields and numbers, in every wire format."""

import json
from typing import Any

import pytest

from shared.request import Limits
from tests.router.world import EMBEDDINGS, QA, World, embed, served

LONG = 1_000
RERANK, SENTIMENT, NER = (
    served("rerank", "rerank"),
    served("sentiment", "text_classification"),
    served("ner", "token_classification"),
)
MODELS = (QA, EMBEDDINGS, RERANK, SENTIMENT, NER)
LIMITED = [model.model_copy(update={"limits": Limits(characters=LONG, items=60)}) for model in MODELS]
MANY = ["a"] * 61
TEXT = "long " * LONG


def at(index: int, long: Any = TEXT, short: Any = "short", count: int = 60) -> list[Any]:
    return [long if i == index else short for i in range(count)]


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/qa", {"question": "q", "context": TEXT}, "context"),
    ("/v1/qa", {"question": "q", "context": at(3)}, "context[3]"),
    ("/v1/qa", {"question": "q", "context": [TEXT]}, "context[0]"),
    ("/v1/qa", {"question": MANY, "context": "c"}, "question"),
    ("/v1/qa", {"question": "q", "context": MANY}, "context"),
    ("/v1/qa", {"inputs": {"question": "q", "context": at(3)}}, "inputs.context[3]"),
    ("/v1/qa", {"inputs": {"question": "q", "context": MANY}}, "inputs.context"),
    ("/v1/qa", {"inputs": [{"question": "q", "context": c} for c in at(5)]}, "inputs[5].context"),
    ("/v1/qa", {"inputs": [{"question": "q", "context": "c"}] * 61}, "inputs"),
    (
        "/v1/qa",
        {"inputs": {"question": "q", "context": "c"}, "parameters": {"doc_stride": 99, "max_seq_len": 9}},
        "parameters.doc_stride",
    ),
    ("/v1/embeddings", {"input": at(55), "truncate": False}, "input[55]"),
    ("/v1/embeddings", {"input": TEXT, "truncate": False}, "input"),
    ("/v1/embeddings", {"input": MANY}, "input"),
    ("/embed", {"inputs": at(55), "truncate": False}, "inputs[55]"),
    ("/embed", {"inputs": TEXT, "truncate": False}, "inputs"),
    ("/embed", {"inputs": MANY}, "inputs"),
    (
        "/similarity",
        {"inputs": {"source_sentence": TEXT, "sentences": ["a"]}, "parameters": {"truncate": False}},
        "inputs.source_sentence",
    ),
    (
        "/similarity",
        {"inputs": {"source_sentence": "a", "sentences": at(7, count=9)}, "parameters": {"truncate": False}},
        "inputs.sentences[7]",
    ),
    ("/similarity", {"inputs": {"source_sentence": "a", "sentences": MANY}}, "inputs"),
    ("/v1/rerank", {"query": "q", "documents": at(2)}, "documents[2]"),
    ("/v1/rerank", {"query": "q", "documents": [{"text": one} for one in at(2)]}, "documents[2]"),
    ("/rerank", {"query": "q", "texts": at(2), "truncate": False}, "texts[2]"),
    ("/rerank", {"query": "q", "texts": MANY}, "texts"),
    ("/v1/sentiment", {"text": at(2), "truncate": False}, "text[2]"),
    ("/predict", {"inputs": [[one] for one in at(2)], "truncate": False}, "inputs[2][0]"),
    ("/predict", {"inputs": [["a", one] for one in at(2)], "truncate": False}, "inputs[2][1]"),
    ("/predict", {"inputs": TEXT, "truncate": False}, "inputs"),
    ("/v1/ner", {"inputs": at(2)}, "inputs[2]"),
    ("/v1/ner", {"text": TEXT}, "text"),
]


@pytest.mark.parametrize(("path", "body", "name"), CASES, ids=[f"{path} {name}" for path, _, name in CASES])
def test_a_text_at_fault_has_the_callers_own_name_and_number(path: str, body: object, name: str) -> None:
    answer = World(None, *LIMITED).post(path, body)
    error = answer.json["error"]
    message = error if isinstance(error, str) else error["message"]
    assert answer.status == 400
    assert message.startswith(f"'{name}' ")
    assert isinstance(error, str) or error["param"] == name


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/embed", {"inputs": at(55)}, "'inputs[55]'"),
        ("/v1/embeddings", {"input": at(55)}, "'input[55]'"),
        ("/v1/embeddings", {"inputs": at(55)}, "'inputs[55]'"),
        ("/similarity", {"inputs": {"source_sentence": "a", "sentences": at(54)}}, "'inputs.sentences[54]'"),
        ("/embed", {"inputs": TEXT}, "'inputs'"),
    ],
)
def test_what_the_model_says_of_a_part_is_retold_so_too(path: str, body: object, name: str) -> None:
    def refuse(payload: bytes) -> bytes:
        texts = json.loads(payload)["request"]["input"]
        if TEXT not in texts:
            return embed(payload)
        item = texts.index(TEXT)
        message = f"'input[{item}]' is 402 tokens long and the model reads 256; shorten it or allow 'truncate'."
        return json.dumps(
            {"error": {"code": "invalid_request", "message": message, "param": "input", "item": item}}
        ).encode()

    error = World({"embeddings": refuse}).post(path, body).json["error"]
    assert (error if isinstance(error, str) else error["message"]).startswith(f"{name} is 402 tokens long")


def test_a_text_over_the_limit_is_cut_where_the_caller_allows_it() -> None:
    seen: list[str] = []

    def remember(payload: bytes) -> bytes:
        seen.extend(json.loads(payload)["request"]["input"])
        return embed(payload)

    world = World({"embeddings": remember}, *LIMITED)
    answer = world.post("/embed", {"inputs": ["short", "ab" * LONG], "truncate": True})
    assert (answer.status, answer.headers["x-truncated"]) == (200, "1")
    assert world.post("/v1/embeddings", {"input": "ab" * LONG, "truncation_direction": "left"}).status == 200
    assert seen == ["short", ("ab" * LONG)[:LONG], ("ab" * LONG)[-LONG:]]
    assert world.post("/embed", {"inputs": "a" * LONG}).headers.get("x-truncated") is None
