"""Requests of clients that are too large to install, as their code makes them, answered as it reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rerank.fakes import CountingNetwork, reranker
from tests.router.test_hostile_events import asked
from tests.router.world import EMBEDDINGS, World, served

FOLDER = Path(__file__).parents[1] / "events" / "clients"
REQUESTS = [
    pytest.param(request, id=f"{path.stem} {number}")
    for path in sorted(FOLDER.glob("*.json"))
    for number, request in enumerate(json.loads(path.read_text(encoding="utf-8"))["requests"])
]


@pytest.fixture(scope="module")
def world() -> World:
    """A reranker, and embeddings that go by the name that Spring AI asks for unless it is told otherwise."""
    embeddings = EMBEDDINGS.model_copy(update={"aliases": ["text-embedding-ada-002"]})
    return World({"rerank": asked(reranker(CountingNetwork()))}, embeddings, served("rerank", "rerank"))


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_is_answered_with_the_fields_that_its_client_reads(world: World, request_: dict[str, Any]) -> None:
    answer = world.request(request_["method"], request_["path"], request_.get("body"))
    assert answer.status == 200, answer.text
    assert [name for name in request_["reads"] if name not in answer.json] == []
    for number, vector in enumerate(answer.json["data"] if "data" in request_["reads"] else []):
        assert (vector["object"], vector["index"]) == ("embedding", number)
        assert all(isinstance(value, float) for value in vector["embedding"])


def test_difys_settings_come_from_info(world: World) -> None:
    info = world.get("/info").json
    assert set(info["model_type"]) <= {"embedding", "reranker"}
    assert isinstance(info["max_input_length"], int)
    assert isinstance(info["max_client_batch_size"], int)


def test_dify_ranks_by_index_and_score_and_shows_the_text(world: World) -> None:
    texts = ["Deep Learning is a branch of machine learning.", "Deep learning is not a fish."]
    ranked = world.post("/rerank", {"query": "What is Deep Learning?", "texts": texts, "return_text": True}).json
    assert {one["index"]: one["text"] for one in ranked} == dict(enumerate(texts))
    assert all(0 <= one["score"] <= 1 for one in ranked)
