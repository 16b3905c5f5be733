"""A new version serves traffic only after it gave the answer that was expected of it."""

import base64
import json
import struct
from typing import Any

import pulumi
import pytest

from shared.golden import difference
from tests.infra.conftest import Deploy, golden
from tests.infra.program import NEW_VERSION, Program
from tests.infra.project import GOLDEN

ALIAS, INVOCATION = "aws:lambda/alias:Alias", "aws:lambda/invocation:Invocation"
PARTS = ("qa", "spanish-qa", "embeddings", "router")


def test_a_new_version_is_asked_before_its_alias_moves(program: Program) -> None:
    for part in PARTS:
        asked = program.one(INVOCATION, part)
        assert asked["functionName"] == f"model-router-dev-{part}"
        # The new version itself: the alias still means the old one.
        assert asked["qualifier"] == NEW_VERSION
        assert program.index(INVOCATION, part) < program.index(ALIAS, part)
        assert program.one(ALIAS, part)["functionVersion"] == NEW_VERSION


def test_a_model_is_asked_its_artifacts_example(program: Program) -> None:
    payload = json.loads(program.one(INVOCATION, "qa")["input"])
    assert payload["request"] == {"question": ["What?"], "context": ["blue"]}


def test_the_router_is_asked_to_reach_every_model_once_they_are_there(program: Program) -> None:
    payload = json.loads(program.one(INVOCATION, "router")["input"])
    assert payload == {"warmup": {"concurrency": {"qa": 1, "spanish-qa": 1, "embeddings": 1}}}
    assert all(program.index(ALIAS, part) < program.index(INVOCATION, "router") for part in PARTS[:3])


def test_an_alias_has_no_weights(program: Program) -> None:
    # They exclude provisioned concurrency, and half the traffic would be the test.
    assert not any("routingConfig" in alias.inputs for alias in program.all(ALIAS))


def test_every_function_publishes_versions(program: Program) -> None:
    assert all(f.inputs["publish"] is True for f in program.all("aws:lambda/function:Function"))


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "another answer": (
        "qa",
        {"result": {"results": [{**GOLDEN["results"][0], "answers": [{"answer": "red"}]}]}},
        "Version 5 of qa is not released: result.results",
    ),
    "an error": ("qa", {"error": {"code": "model_loading"}}, "Version 5 of qa is not released: it answers its example"),
    "a crash": ("embeddings", {"errorType": "Runtime.ExitError"}, "Version 5 of embeddings is not released"),
    "a model that is not reached": (
        "router",
        {"warm": {"qa": {"sandboxes": 1}, "spanish-qa": {"sandboxes": 0, "failed": 1}, "embeddings": {"sandboxes": 1}}},
        "Version 5 of router is not released: it does not reach spanish-qa",
    ),
}


@pytest.mark.parametrize(("part", "reply", "sentence"), WRONG.values(), ids=WRONG)
def test_a_version_that_answers_wrong_gets_no_traffic(
    deploy: Deploy, part: str, reply: dict[str, Any], sentence: str
) -> None:
    seen = Program()
    with pytest.raises(pulumi.RunError, match=sentence):
        deploy(lambda asked, payload: reply if asked == part else golden(asked, payload), into=seen)
    assert part not in {alias.name for alias in seen.all(ALIAS)}


def test_a_pinned_version_is_served_at_once(deploy: Deploy) -> None:
    program = deploy(pinnedVersions="qa=3")
    assert program.one(ALIAS, "qa")["functionVersion"] == "3"
    assert "qa" not in {asked.name for asked in program.all(INVOCATION)}
    assert program.one(ALIAS, "embeddings")["functionVersion"] == NEW_VERSION


def vector(*values: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ({"score": 0.93}, {"score": 0.98}),
        ({"score": 1.0}, {"score": 1}),
        ({"score": None}, {"score": None}),
        ({"embeddings": [vector(0.6, 0.8)]}, {"embeddings": [vector(0.62, 0.79)]}),
    ],
)
def test_another_processor_may_answer_slightly_differently(expected: Any, answer: Any) -> None:
    assert difference(expected, answer) is None


@pytest.mark.parametrize(
    ("expected", "answer", "sentence"),
    [
        ({"score": 0.93}, {"score": 0.5}, "result.score is 0.5 instead of 0.93"),
        ({"score": 0.93}, {"score": True}, "result.score differs"),
        ({"answer": "blue"}, {"answer": "red"}, "result.answer differs"),
        ({"start": 1}, {"start": 2}, "result.start differs"),
        ({"flag": True}, {"flag": 1}, "result.flag differs"),
        ({"answers": [1, 2]}, {"answers": [1]}, "result.answers differs"),
        ({"a": 1}, {"b": 1}, "result differs"),
        (
            {"embeddings": [vector(0.6, 0.8)]},
            {"embeddings": [vector(0.8, -0.6)]},
            r"result.embeddings\[0\] has a cosine",
        ),
        (
            {"embeddings": [vector(0.6, 0.8)]},
            {"embeddings": [vector(0.6)]},
            r"result.embeddings\[0\] has a cosine of 0",
        ),
        ({"embeddings": [vector(0.6, 0.8)]}, {"embeddings": [vector(float("nan"), 1)]}, "cosine of 0"),
    ],
)
def test_another_answer_is_told_from_it(expected: Any, answer: Any, sentence: str) -> None:
    problem = difference(expected, answer)
    assert problem is not None
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(problem)
