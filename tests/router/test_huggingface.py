"""Question answering as `InferenceClient` asks for it."""

import json

import pytest

from tests.router.world import QA, World, first_word, served

QUESTION = {"question": "Who?", "context": "Ada wrote it."}
ADA = {"answer": "Ada", "score": 0.5, "start": 0, "end": 3}
WROTE = {"answer": "wrote", "score": 0.25, "start": 4, "end": 9}


def test_the_answer_is_one_object() -> None:
    assert World().post("/v1/qa", {"inputs": QUESTION, "parameters": {}}).json == ADA
    assert World().post("/v1/qa", {"inputs": QUESTION}).json == ADA


def test_more_than_one_answer_is_always_a_list() -> None:
    assert World().post("/v1/qa", {"inputs": QUESTION, "parameters": {"top_k": 2}}).json == [ADA, WROTE]
    one = {"question": "Who?", "context": "Ada"}
    assert World().post("/v1/qa", {"inputs": one, "parameters": {"top_k": 2}}).json == [ADA]


def test_lists_give_a_list() -> None:
    inputs = {"question": ["Who?", "Who?"], "context": "Ada wrote it."}
    assert World().post("/v1/qa", {"inputs": inputs}).json == [ADA, ADA]


def test_a_model_that_finds_no_span_is_answered_with_the_empty_one() -> None:
    nothing = {"result": {"results": [{"answers": [], "no_answer_score": 1.0}]}}
    answer = World({"qa": lambda _: json.dumps(nothing).encode()}).post("/v1/qa", {"inputs": QUESTION})
    assert answer.json == {"answer": "", "score": 0.0, "start": 0, "end": 0}


def test_all_parameters_of_the_pipeline_reach_the_model() -> None:
    seen = []

    def remember(payload: bytes) -> bytes:
        seen.append(json.loads(payload)["request"])
        return first_word(payload)

    parameters = {
        "align_to_words": False,
        "doc_stride": 128,
        "handle_impossible_answer": True,
        "max_answer_len": 20,
        "max_question_len": 32,
        "max_seq_len": 384,
        "top_k": 3,
    }
    World({"qa": remember}).post("/v1/qa", {"inputs": QUESTION, "parameters": {**parameters, "a_later_one": 1}})
    assert {name: seen[0][name] for name in parameters} == parameters


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": {"question": "Who?"}},
        {"inputs": "Who?"},
        {"inputs": None},
        {"inputs": QUESTION, "parameters": {"top_k": 0}},
        {"inputs": QUESTION, "parameters": {"top_k": "2"}},
        {"inputs": QUESTION, "parameters": []},
    ],
)
def test_errors_are_strings(body: object) -> None:
    answer = World().post("/v1/qa", body)
    assert answer.status == 400
    assert set(answer.json) == {"error", "error_type"}
    assert isinstance(answer.json["error"], str)
    assert answer.json["error_type"] == "invalid_request"


def test_another_model_of_the_task_may_be_named() -> None:
    large = served("qa-large", "question_answering", task="qa", default=False)
    world = World({"qa-large": first_word}, QA, large)
    assert world.post("/v1/qa", {"inputs": QUESTION, "model": "qa-large"}).headers["x-model"] == "qa-large"
    unknown = world.post("/v1/qa", {"inputs": QUESTION, "model": "gpt"})
    assert (unknown.status, unknown.json["error_type"]) == (404, "model_not_found")
