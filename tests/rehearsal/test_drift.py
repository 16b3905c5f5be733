"""What was changed by hand in the account, deployments of a part, and the end of all."""

import pytest

from tests.rehearsal.account import left, live, status
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_a_refresh_after_an_up_finds_nothing(deployed: Stack) -> None:
    outcome = deployed.refresh("--expect-no-changes")
    assert outcome.ok, outcome.text
    assert deployed.up().calls == []


def test_what_was_changed_by_hand_is_put_right(deployed: Stack) -> None:
    functions = deployed.cloud.aws.client("lambda")
    functions.update_function_configuration(FunctionName="model-router-test-qa", MemorySize=256)
    refreshed = deployed.refresh()
    assert refreshed.ok, refreshed.text
    outcome = deployed.up()
    assert outcome.ok, outcome.text
    assert "update Function qa" in outcome.changes
    config = functions.get_function_configuration(FunctionName="model-router-test-qa")
    assert config["MemorySize"] == 1769
    assert status(deployed, "qa") == 200


def test_a_function_that_was_deleted_by_hand_comes_back(deployed: Stack) -> None:
    deployed.cloud.aws.client("lambda").delete_function(FunctionName="model-router-test-qa")
    assert status(deployed, "qa") == 503
    outcome = deployed.up("--refresh")
    assert outcome.ok, outcome.text
    assert "create Function qa" in outcome.changes
    assert status(deployed, "qa") == 200
    assert deployed.up().calls == []


def test_a_name_that_exists_already_stops_with_its_name(stack: Stack) -> None:
    stack.cloud.aws.client("logs").create_log_group(logGroupName="/aws/lambda/model-router-test-qa")
    outcome = stack.up()
    assert not outcome.ok
    assert "already exists" in outcome.text
    assert stack.destroy().ok
    assert left(stack.cloud.aws) == {"logs": ["/aws/lambda/model-router-test-qa"]}


def test_a_target_is_deployed_alone(deployed: Stack) -> None:
    deployed.checkout.build("qa", "other weights")
    deployed.checkout.build("de-qa", "other weights")
    outcome = deployed.up("--target", "**::qa")
    assert outcome.ok, outcome.text
    assert outcome.changes == ["update Image qa", "update Function qa", "update Alias qa"]
    assert (live(deployed, "qa"), live(deployed, "de-qa")) == ("2", "1")
    rest = deployed.up()
    assert rest.ok, rest.text
    assert rest.changes == ["update Image de-qa", "update Function de-qa", "update Alias de-qa"]


def test_destroy_leaves_nothing(make_stack: MakeStack) -> None:
    stack = make_stack("qa", alarmEmail="somebody@example.com")
    assert stack.up().ok
    stack.checkout.build("qa", "other weights")
    assert stack.up().ok
    outcome = stack.destroy()
    assert outcome.ok, outcome.text
    assert left(stack.cloud.aws) == {}


def test_destroy_leaves_nothing_of_a_deployment_that_failed(stack: Stack) -> None:
    stack.checkout.spoil("qa")
    assert not stack.up().ok
    outcome = stack.destroy()
    assert outcome.ok, outcome.text
    assert left(stack.cloud.aws) == {}
