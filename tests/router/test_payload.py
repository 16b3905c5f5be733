"""What models reply, read and joined."""

import json
from typing import Any, TypedDict

import pytest

from router.payload import Envelope, Meta, join_replies, read_envelope, read_reply
from services.embeddings.request import Reply as Vectors
from services.question_answering.request import Reply as Spans
from shared.errors import ModelError, Timeout
from tests.router.world import World, embed

ONE = Meta(cold=False, sandbox="a", tokens=3, truncated=1, ms={"total": 5.0, "model": 4.0})
OTHER = Meta(cold=True, sandbox="b", tokens=4, truncated=2, ms={"total": 9.0, "model": 8.0})


@pytest.mark.parametrize("parts", [[ONE, OTHER], [OTHER, ONE]])
def test_counts_are_summed_and_the_phases_are_those_of_the_slowest_part(parts: list[Meta]) -> None:
    assert Meta.join(parts) == Meta(cold=True, sandbox="a,b", tokens=7, truncated=3, ms={"total": 9.0, "model": 8.0})


def test_a_split_batch_says_how_many_of_all_its_texts_were_cut() -> None:
    cuts = []

    def cuts_some(payload: bytes) -> bytes:
        texts = json.loads(payload)["request"]["input"]
        cut = sum("long" in text for text in texts)
        cuts.append(cut)
        meta = {"truncated": cut, "ms": {"total": 1.0 + cut, "model": float(cut)}}
        return json.dumps({**json.loads(embed(payload)), "meta": meta}).encode()

    texts = ["a text of some length"] * 300 + ["a long text of some length"] * 100
    headers = World({"embeddings": cuts_some}).post("/v1/embeddings", {"input": texts}).headers
    assert headers["x-truncated"] == "100"
    assert headers["server-timing"].startswith(f"model;dur={max(cuts)}.0, ")
    assert len(cuts) > 1


def test_replies_are_joined_in_order_whatever_their_fields() -> None:
    parts = [{"names": ["x"], "size": 2}, {"names": ["y", "z"], "size": 2}]
    assert join_replies(parts) == {"names": ["x", "y", "z"], "size": 2}
    assert join_replies(parts[:1]) == parts[0]


VECTORS: dict[str, Any] = {"embeddings": ["AAAA"], "dimensions": 1, "tokens": [3]}
ANSWER: dict[str, Any] = {"answer": "a", "score": 1, "start": 0, "end": 1}


def test_a_reply_of_its_task_is_taken_as_it_is() -> None:
    assert read_reply(Envelope(result=VECTORS), Vectors, 1) == VECTORS
    spans = {"results": [{"answers": [ANSWER], "no_answer_score": 0.5}]}
    assert read_reply(Envelope(result=spans), Spans, 1) == spans


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        (Vectors, None),
        (Vectors, {}),
        (Vectors, {**VECTORS, "embeddings": [1]}),
        (Vectors, {**VECTORS, "embeddings": []}),
        (Vectors, {**VECTORS, "tokens": [3, 4]}),
        (Vectors, {**VECTORS, "dimensions": "1"}),
        (Spans, {"results": [{"answers": [{**ANSWER, "start": "0"}], "no_answer_score": 0.5}]}),
        (Spans, {"results": [{"answers": [ANSWER]}]}),
        (Spans, {"results": [{"answers": ANSWER, "no_answer_score": 0.5}]}),
    ],
)
def test_a_reply_of_another_shape_is_the_models_error(kind: type[Any], result: Any) -> None:
    with pytest.raises(ModelError):
        read_reply(Envelope(result=result), kind, 1)


def test_a_reply_may_have_fields_that_are_optional() -> None:
    class Entity(TypedDict, total=False):
        group: str | None
        score: float

    class Reply(TypedDict):
        entities: list[list[Entity]]
        truncated: bool | None

    good: dict[str, Any] = {"entities": [[{"group": "PER"}, {"score": 0.5}]], "truncated": None}
    assert read_reply(Envelope(result=good), Reply, 1) == good
    with pytest.raises(ModelError):
        read_reply(Envelope(result={**good, "entities": [[{"score": "high"}]]}), Reply, 1)


def test_what_a_model_reports_is_raised() -> None:
    with pytest.raises(Timeout, match="Too late"):
        read_reply(read_envelope(b'{"error": {"code": "timeout", "message": "Too late."}}'), Vectors, 1)
