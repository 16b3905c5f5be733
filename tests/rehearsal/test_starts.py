"""Each way in which a model starts, switched to and away from: what is called, and what is left of the one before."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.account import left, live, status
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.containers import Containers
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine
FUNCTION = "model-router-test-qa"
PROVISIONED = 'start = "provisioned"\nprovisioned = { instances = 2 }'
HOURS = """\
start = "provisioned"
[qa.provisioned]
instances = 2
on = "cron(0 8 ? * MON-FRI *)"
off = "cron(0 18 ? * MON-FRI *)"
timezone = "Europe/Berlin"
"""
# What follows from another catalog entry: a new version of the router, which knows whom to keep warm.
ROUTER = ["update Function router", "update Alias router"]
# What hours need.
SCHEDULE = ["Role qa-hours", "RolePolicy qa-hours", "Schedule qa-off", "Schedule qa-on", "ScheduleGroup qa"]


@pytest.fixture
def one(make_stack: MakeStack) -> Stack:
    """One stack with one model, deployed as by default."""
    stack = make_stack("qa")
    outcome = stack.up()
    assert outcome.ok, outcome.text
    return stack


def switch(stack: Stack, more: str = "") -> list[str]:
    """Deploy with these lines in the model's entry. Returns the changes, sorted; a second run has none."""
    stack.checkout.serve("qa", more=more)
    outcome = stack.up()
    assert outcome.ok, outcome.text
    assert status(stack, "qa") == 200
    assert stack.up().calls == []
    return sorted(outcome.changes)


def versions(stack: Stack) -> dict[str, bool]:
    """The published versions of the model's function, and whether each has a snapshot."""
    listed = stack.cloud.aws.client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    published = [version for version in listed if version["Version"] != "$LATEST"]
    return {version["Version"]: version["SnapStart"]["OptimizationStatus"] == "On" for version in published}


def ready(stack: Stack) -> int:
    """How many sandboxes stand ready for the alias."""
    client = stack.cloud.aws.client("lambda")
    try:
        config = client.get_provisioned_concurrency_config(FunctionName=FUNCTION, Qualifier="live")
    except ClientError:
        return 0
    return int(config["RequestedProvisionedConcurrentExecutions"])


def test_snapshots_come_and_go_one_at_a_time(one: Stack, containers: Containers) -> None:
    # More often than a version is asked that answers nothing.
    containers.preparing[FUNCTION] = 9
    changes = sorted(["update Function qa", "update Alias qa", *ROUTER])
    assert switch(one, 'start = "snapstart"') == changes
    assert containers.preparing[FUNCTION] == 0
    assert live(one, "qa") == "2"
    # The first version, which costs nothing, can be gone back to.
    assert versions(one) == {"1": False, "2": True}

    one.checkout.build("qa", "other weights")
    assert one.up().ok
    assert live(one, "qa") == "3"
    assert versions(one) == {"1": False, "3": True}

    assert switch(one) == changes
    assert live(one, "qa") == "4"
    assert versions(one) == {"1": False, "4": False}


def test_a_version_that_answers_wrong_leaves_the_live_snapshot(one: Stack) -> None:
    switch(one, 'start = "snapstart"')
    one.checkout.spoil("qa")
    assert not one.up().ok
    assert (live(one, "qa"), status(one, "qa")) == ("2", 200)
    assert versions(one) == {"1": False, "2": True, "3": True}
    one.checkout.build("qa", "weights of qa")
    assert one.up().ok
    assert versions(one) == {"1": False, "4": True}


def test_sandboxes_stand_ready_and_are_given_back(one: Stack) -> None:
    assert switch(one, PROVISIONED) == sorted(["create ProvisionedConcurrencyConfig qa", *ROUTER])
    assert ready(one) == 2
    assert switch(one, PROVISIONED.replace("2", "3")) == ["update ProvisionedConcurrencyConfig qa"]
    assert ready(one) == 3
    assert switch(one) == sorted(["delete ProvisionedConcurrencyConfig qa", *ROUTER])
    assert ready(one) == 0
    assert live(one, "qa") == "1"


def test_they_stand_ready_for_some_hours(one: Stack) -> None:
    assert switch(one, HOURS) == sorted([*(f"create {what}" for what in SCHEDULE), *ROUTER])
    assert ready(one) == 0
    scheduler, lambda_ = one.cloud.aws.client("scheduler"), one.cloud.aws.client("lambda")
    group = "model-router-test-qa-hours"
    calls = {
        "model-router-test-qa-on": ("putProvisionedConcurrencyConfig", lambda_.put_provisioned_concurrency_config, 2),
        "model-router-test-qa-off": (
            "deleteProvisionedConcurrencyConfig",
            lambda_.delete_provisioned_concurrency_config,
            0,
        ),
    }
    for name, (action, call, instances) in calls.items():
        schedule = scheduler.get_schedule(GroupName=group, Name=name)
        assert schedule["Target"]["Arn"] == f"arn:aws:scheduler:::aws-sdk:lambda:{action}"
        assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
        # What the scheduler will send is what Lambda takes.
        call(**json.loads(schedule["Target"]["Input"]))
        assert ready(one) == instances
    # Away from the hours in the middle of them.
    one.cloud.aws.client("lambda").put_provisioned_concurrency_config(
        FunctionName=FUNCTION, Qualifier="live", ProvisionedConcurrentExecutions=2
    )
    assert switch(one) == sorted([*(f"delete {what}" for what in SCHEDULE), *ROUTER])
    assert ready(one) == 0
    assert one.destroy().ok
    assert left(one.cloud.aws) == {}


def test_from_one_to_the_other(one: Stack) -> None:
    switch(one, 'start = "snapstart"')
    switch(one, PROVISIONED)
    assert (ready(one), versions(one)) == (2, {"1": False, "3": False})
    switch(one, 'start = "snapstart"')
    assert (ready(one), versions(one)) == (0, {"1": False, "3": False, "4": True})
