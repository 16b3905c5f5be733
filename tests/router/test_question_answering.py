"""Questions in the native form, and what becomes of them."""

import json

import pytest

from tests.router.world import EMBEDDINGS, QA, World, event, first_word, served

CONTEXT = "Ada wrote it in Malmö."


def test_a_question_is_answered_with_its_offsets_and_its_model() -> None:
    answer = World().post("/v1/qa", {"question": "Who?", "context": CONTEXT})
    assert answer.status == 200
    assert answer.json == {
        "answer": "Ada", "score": 0.5, "start": 0, "end": 3, "no_answer_score": 0.25, "model": "qa"
    }  # fmt: skip


def test_a_recorded_event_is_answered() -> None:
    assert World().send(event("http_api_post")).json["answer"] == "Ada"


def test_a_base64_event_is_answered_as_the_plain_one() -> None:
    assert World().send(event("http_api_iam_base64")).json == World().send(event("http_api_post")).json


def test_top_k_lists_the_answers_and_repeats_the_best() -> None:
    answer = World().post("/v1/qa", {"question": "Who?", "context": CONTEXT, "top_k": 2}).json
    assert [a["answer"] for a in answer["answers"]] == ["Ada", "wrote"]
    assert answer["answer"] == "Ada"


def test_lists_give_one_result_each() -> None:
    answer = World().post("/v1/qa", {"question": ["a?", "b?"], "context": ["x y", "z"]}).json
    assert [r["answer"] for r in answer["results"]] == ["x", "z"]
    assert answer["model"] == "qa"
    assert "best" not in answer


def test_one_question_over_several_contexts_says_which_is_best() -> None:
    def confident_of_the_longer(payload: bytes) -> bytes:
        contexts = json.loads(payload)["request"]["context"]
        found = [[{"answer": c, "score": len(c) / 10, "start": 0, "end": len(c)}] for c in contexts]
        results = [{"answers": answers, "no_answer_score": 0} for answers in found]
        return json.dumps({"result": {"results": results}}).encode()

    world = World({"qa": confident_of_the_longer})
    answer = world.post("/v1/qa", {"question": "Who?", "context": ["a", "long", "bb"]}).json
    assert answer["best"] == 1


def test_the_best_of_several_contexts_is_never_one_without_an_answer() -> None:
    def empty_in_the_first(payload: bytes) -> bytes:
        none = {"answer": "", "score": 0.99, "start": 0, "end": 0}
        some = {"answer": "b", "score": 0.4, "start": 0, "end": 1}
        results = [{"answers": [answer], "no_answer_score": 0.9} for answer in (none, some)]
        return json.dumps({"result": {"results": results}}).encode()

    world = World({"qa": empty_in_the_first})
    assert world.post("/v1/qa", {"question": "Who?", "context": ["a", "b"]}).json["best"] == 1


def test_a_single_context_serves_several_questions() -> None:
    answer = World().post("/v1/qa", {"question": ["a?", "b?"], "context": "x"}).json
    assert len(answer["results"]) == 2


def test_a_model_that_finds_no_span_is_answered_with_the_empty_one() -> None:
    nothing = {"result": {"results": [{"answers": [], "no_answer_score": 1.0}]}}
    answer = World({"qa": lambda _: json.dumps(nothing).encode()}).post("/v1/qa", {"question": "?", "context": "c"})
    assert (answer.json["answer"], answer.json["start"], answer.json["end"]) == ("", 0, 0)


def test_unequal_lists_are_refused() -> None:
    answer = World().post("/v1/qa", {"question": ["a", "b"], "context": ["c"]})
    assert (answer.status, answer.json["error"]["param"]) == (400, "context")


def test_the_options_reach_the_model() -> None:
    seen = []

    def remember(payload: bytes) -> bytes:
        seen.append(json.loads(payload)["request"])
        return json.dumps({"result": {"results": [{"answers": [], "no_answer_score": 0}]}}).encode()

    options = {"top_k": 3, "allow_no_answer": True, "max_answer_len": 30, "doc_stride": 64}
    World({"qa": remember}).post("/v1/qa", {"question": "q", "context": "c", **options})
    assert {name: seen[0][name] for name in options} == options
    assert seen[0]["question"] == ["q"]


@pytest.mark.parametrize(("model", "status"), [("qa", 200), ("qa-large", 200), ("embeddings", 404), ("gpt", 404)])
def test_a_request_may_name_any_model_of_its_task(model: str, status: int) -> None:
    large = served("qa-large", "question_answering", task="qa", default=False)
    world = World({"qa-large": first_word}, QA, large, EMBEDDINGS)
    answer = world.post("/v1/qa", {"question": "q", "context": "c", "model": model})
    assert answer.status == status
    assert status == 200 or answer.code == "model_not_found"
