"""A new version serves traffic only after it gave the answer that was expected of it."""

import base64
import json
import struct
from typing import Any

import pytest

from shared.golden import difference
from tests.infra.conftest import Deploy, golden
from tests.infra.program import NEW_VERSION, Answer, FunctionError, Program, Stopped
from tests.infra.project import GOLDEN

ALIAS = "aws:lambda/alias:Alias"
MODELS = ("qa", "spanish-qa", "embeddings")
PARTS = (*MODELS, "router")
RED = {"result": {"results": [{**GOLDEN["results"][0], "answers": [{"answer": "red"}]}]}}
UNREACHED = {
    "warm": {"qa": {"sandboxes": 1}, "spanish-qa": {"sandboxes": 0, "failed": 1}, "embeddings": {"sandboxes": 1}}
}
# Where the aliases of a stack point that was deployed before.
BEFORE = dict.fromkeys(PARTS, "4")


def answering(**wrong: dict[str, Any]) -> Answer:
    """Functions in good health, except those named, by their parts with underscores."""
    return lambda part, payload: wrong.get(part.replace("-", "_")) or golden(part, payload)


def versions(program: Program) -> dict[str, str]:
    return {alias.name: alias.inputs["functionVersion"] for alias in program.all(ALIAS)}


def stopped(deploy: Deploy, answer: Answer, **more: Any) -> tuple[Program, list[str]]:
    """A run that fails, and the lines that it told."""
    seen = Program()
    with pytest.raises(Stopped) as end:
        deploy(answer, into=seen, **more)
    return seen, str(end.value).splitlines()


def test_a_new_version_is_asked_before_its_alias_moves(program: Program) -> None:
    for part in PARTS:
        ((asked),) = [asked for name, asked in program.asked if name == part]
        assert asked["functionName"] == f"model-router-dev-{part}"
        # The new version itself: the alias still means the old one.
        assert asked["qualifier"] == NEW_VERSION
        assert asked["resources"] <= program.index(ALIAS, part)
    assert versions(program) == dict.fromkeys(PARTS, NEW_VERSION)


def test_a_model_is_asked_its_artifacts_example(program: Program) -> None:
    payload = json.loads(dict(program.asked)["qa"]["input"])
    assert payload["request"] == {"question": ["What?"], "context": ["blue"]}


def test_the_router_is_asked_to_reach_every_model_once_they_are_there(program: Program) -> None:
    asked = dict(program.asked)["router"]
    assert json.loads(asked["input"]) == {"warmup": {"concurrency": {"qa": 1, "spanish-qa": 1, "embeddings": 1}}}
    assert all(program.index(ALIAS, part) < asked["resources"] for part in MODELS)


def test_an_alias_has_no_weights(program: Program) -> None:
    # They exclude provisioned concurrency, and half the traffic would be the test.
    assert not any("routingConfig" in alias.inputs for alias in program.all(ALIAS))


def test_every_function_publishes_versions(program: Program) -> None:
    assert all(f.inputs["publish"] is True for f in program.all("aws:lambda/function:Function"))


def test_what_is_live_already_is_not_asked_again(deploy: Deploy) -> None:
    assert deploy(live=dict.fromkeys(PARTS, NEW_VERSION)).asked == []


def test_a_trial_is_no_resource_so_that_no_run_remembers_a_failed_one(program: Program) -> None:
    assert program.all("aws:lambda/invocation:Invocation") == []


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "another answer": ("qa", RED, "version 5 answers its example wrong: result.results[0].answers"),
    "an error": ("qa", {"error": {"code": "model_loading"}}, "version 5 answers its example with {"),
    "a reply that is none": ("embeddings", {"errorType": "Runtime.ExitError"}, "version 5 answers its example with {"),
    "a model that is not reached": ("router", UNREACHED, "version 5 does not reach spanish-qa"),
}


@pytest.mark.parametrize(("part", "reply", "sentence"), WRONG.values(), ids=WRONG)
def test_a_version_that_answers_wrong_gets_no_traffic(
    deploy: Deploy, part: str, reply: dict[str, Any], sentence: str
) -> None:
    seen, lines = stopped(deploy, answering(**{part: reply}), live=BEFORE)
    assert f"{part}: {sentence}" in "\n".join(lines)
    assert versions(seen)[part] == "4"


def test_a_crash_gets_no_traffic(deploy: Deploy) -> None:
    def crash(part: str, payload: dict[str, Any]) -> dict[str, Any]:
        if part == "qa":
            raise FunctionError("Lambda function (qa) returned error: Runtime.ExitError")
        return golden(part, payload)

    seen, lines = stopped(deploy, crash, live=BEFORE)
    assert "qa: version 5 fails its trial" in lines[1]
    assert "Runtime.ExitError" in lines[1]
    assert versions(seen)["qa"] == "4"


def test_every_model_that_answers_right_is_released_and_all_others_are_named(deploy: Deploy) -> None:
    seen, lines = stopped(deploy, answering(qa=RED, embeddings=RED), live=BEFORE)
    assert versions(seen) == {"qa": "4", "spanish-qa": NEW_VERSION, "embeddings": "4", "router": "4"}
    assert lines[0] == "3 of 4 functions got no new version: qa, embeddings, router. All other changes are made."
    assert lines[3] == "router: version 5 waits for qa, embeddings; version 4 stays live. `pulumi up` asks it again."
    assert lines[1].startswith("qa: version 5 answers its example wrong")
    assert "version 4 stays live" in lines[1]
    assert "mend the model" in lines[1].lower()
    assert len(lines) == 4


def test_a_failed_release_holds_back_nothing_else_that_was_changed(deploy: Deploy) -> None:
    seen, _ = stopped(deploy, answering(qa=RED), live=BEFORE, logRetentionDays="7")
    whole = deploy(live=BEFORE, logRetentionDays="7")
    assert sorted((r.type, r.name) for r in seen.resources) == sorted((r.type, r.name) for r in whole.resources)


def test_at_a_first_deployment_too_the_good_models_are_released(deploy: Deploy) -> None:
    seen, lines = stopped(deploy, answering(qa=RED))
    assert versions(seen) == {"spanish-qa": NEW_VERSION, "embeddings": NEW_VERSION}
    assert [line.partition(":")[0] for line in lines[1:]] == ["qa", "router"]
    assert lines[0].endswith("The API, the schedule and the dashboard are made once the router is released.")
    assert all("nothing is live yet" in line for line in lines[1:])


def test_a_router_that_cannot_be_released_first_leaves_the_models_live(deploy: Deploy) -> None:
    seen, lines = stopped(deploy, answering(router=UNREACHED))
    assert versions(seen) == dict.fromkeys(MODELS, NEW_VERSION)
    assert lines[1].startswith("router: version 5 does not reach spanish-qa")
    assert lines[1].endswith("nothing is live yet. `pulumi up` asks it again.")


def test_what_passes_by_itself_is_asked_again_in_the_same_run(deploy: Deploy) -> None:
    replies: list[dict[str, Any]] = [UNREACHED, {"errorType": "AccessDeniedException"}]

    def soon(part: str, payload: dict[str, Any]) -> dict[str, Any]:
        return replies.pop() if part == "router" and replies else golden(part, payload)

    program = deploy(soon)
    assert [part for part, _ in program.asked].count("router") == 3
    assert versions(program)["router"] == NEW_VERSION


def test_a_wrong_answer_is_not_asked_again_in_the_same_run(deploy: Deploy) -> None:
    seen, _ = stopped(deploy, answering(qa=RED), live=BEFORE)
    assert [part for part, _ in seen.asked].count("qa") == 1


def test_a_failed_release_is_asked_again_by_the_next_run(deploy: Deploy) -> None:
    seen, _ = stopped(deploy, answering(router=UNREACHED), live=BEFORE)
    mended = deploy(live=versions(seen))
    assert [part for part, _ in mended.asked] == ["router"]
    assert versions(mended) == dict.fromkeys(PARTS, NEW_VERSION)


def test_a_preview_asks_nobody_and_plans_the_new_versions(deploy: Deploy) -> None:
    program = deploy(answering(qa=RED, router=UNREACHED), live=BEFORE, preview=True)
    assert program.asked == []
    assert versions(program) == dict.fromkeys(PARTS, NEW_VERSION)


def test_a_pinned_version_is_served_at_once(deploy: Deploy) -> None:
    program = deploy(pinnedVersions="qa=3")
    assert versions(program)["qa"] == "3"
    assert "qa" not in dict(program.asked)
    assert versions(program)["embeddings"] == NEW_VERSION


def test_the_versions_that_are_live_are_an_output(deploy: Deploy) -> None:
    assert deploy(pinnedVersions="qa=3").outputs["versions"] == {**dict.fromkeys(PARTS, NEW_VERSION), "qa": "3"}


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
