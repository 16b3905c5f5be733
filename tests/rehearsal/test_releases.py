"""What happens when a new version does not answer right, or not now: what is live, what is said, what mends it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.rehearsal.account import live, stage, status
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.containers import Containers, Failure, nobody
from tests.rehearsal.provider.tap import Call
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_a_wrong_answer_at_a_later_deployment_leaves_the_old_version_live_until_it_is_mended(deployed: Stack) -> None:
    deployed.checkout.spoil("qa")
    failed = deployed.up()
    assert not failed.ok
    assert "qa: version 2 answers its example wrong" in failed.text
    assert live(deployed, "qa") == "1"
    assert status(deployed, "qa") == 200
    again = deployed.preview()
    assert again.ok, again.text
    deployed.checkout.build("qa", "mended weights")
    mended = deployed.up()
    assert mended.ok, mended.text
    assert live(deployed, "qa") == "3"
    assert deployed.up().calls == []


def test_a_wrong_answer_at_a_first_deployment_is_mended_by_the_next(stack: Stack) -> None:
    stack.checkout.spoil("qa")
    failed = stack.up()
    assert not failed.ok
    assert "qa: version 1 answers its example wrong" in failed.text
    assert (live(stack, "qa"), live(stack, "de-qa")) == (None, "1")
    stack.checkout.build("qa", "mended weights")
    mended = stack.up()
    assert mended.ok, mended.text
    assert (status(stack, "qa"), status(stack, "de-qa")) == (200, 200)
    assert stack.up().calls == []


def test_every_model_that_answers_right_is_released_and_all_others_are_named(make_stack: MakeStack) -> None:
    stack = make_stack("qa", "de-qa", "fr-qa", "it-qa")
    assert stack.up().ok
    for model in ("qa", "fr-qa"):
        stack.checkout.spoil(model)
    for model in ("de-qa", "it-qa"):
        stack.checkout.build(model, "better weights")
    failed = stack.up()
    assert not failed.ok
    assert "qa: version 2 answers its example wrong" in failed.text
    assert "fr-qa: version 2 answers its example wrong" in failed.text
    versions = {model: live(stack, model) for model in ("qa", "de-qa", "fr-qa", "it-qa")}
    assert versions == {"qa": "1", "fr-qa": "1", "de-qa": "2", "it-qa": "2"}
    assert {status(stack, model) for model in versions} == {200}


def test_a_bad_model_holds_nothing_else_back(deployed: Stack) -> None:
    deployed.checkout.spoil("qa")
    assert not deployed.up().ok
    deployed.configure(throttleRate="7", logRetentionDays="7")
    outcome = deployed.up()
    assert not outcome.ok
    assert "qa: version 2 answers its example wrong" in outcome.text
    assert stage(deployed)["DefaultRouteSettings"]["ThrottlingRateLimit"] == 7


def unreachable(function: str) -> Callable[[str, dict[str, Any]], None]:
    """Makes a function fail, whatever it is asked."""

    def fail(name: str, event: dict[str, Any]) -> None:
        if name == function:
            raise Failure("out of reach")

    return fail


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_a_failure_that_passes_is_over_with_the_next_up(stack: Stack, containers: Containers, first: bool) -> None:
    if not first:
        assert stack.up().ok
        stack.checkout.build("qa", "other weights")
    containers.failing = unreachable("model-router-test-qa")
    failed = stack.up()
    assert not failed.ok
    assert "qa: version" in failed.text
    assert live(stack, "qa") == (None if first else "1")
    assert live(stack, "de-qa") == "1"
    containers.failing = nobody
    passed = stack.up()
    assert passed.ok, passed.text
    assert status(stack, "qa") == 200
    assert stack.up().calls == []


def test_a_failure_that_passes_at_once_is_no_failure(stack: Stack, containers: Containers) -> None:
    left = [1, 2]

    def fail_twice(function: str, event: dict[str, Any]) -> None:
        if function == "model-router-test-qa" and left:
            left.pop()
            raise Failure("not yet")

    containers.failing = fail_twice
    outcome = stack.up()
    assert outcome.ok, outcome.text
    assert left == []


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_a_router_that_is_not_let_through_at_first_is_asked_again(stack: Stack, first: bool) -> None:
    """A permission that is not there yet when the router's new version is asked."""
    if not first:
        assert stack.up().ok
        stack.configure(apiKeys="default,another")
    iam, role = stack.cloud.aws.client("iam"), "model-router-test-router"
    taken: dict[str, str] = {}

    def take_permission(call: Call) -> None:
        if call.operation == "invoke" and "-router:" in call.name:
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                taken[name] = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
                iam.delete_role_policy(RoleName=role, PolicyName=name)

    failed = stack.up(before=take_permission)
    assert taken
    assert not failed.ok
    assert "router: version" in failed.text
    assert live(stack, "router") == (None if first else "1")
    for name, document in taken.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    preview = stack.preview()
    assert preview.ok, preview.text
    passed = stack.up()
    assert passed.ok, passed.text
    assert status(stack, "qa") == 200


def test_a_router_that_lacks_what_it_needs_is_not_released(stack: Stack) -> None:
    router = stack.checkout.root / "router" / "settings.py"
    router.write_text(router.read_text() + '\nraise RuntimeError("a fault of the router")\n')
    failed = stack.up()
    assert not failed.ok
    assert "router: version 1" in failed.text
    assert "a fault of the router" in failed.text
    assert live(stack, "router") is None
