"""How a model starts: what each way of the catalog becomes, and which old snapshots go."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import leftovers, release
from infra.names import Names
from tests.infra.conftest import Deploy, golden
from tests.infra.program import FunctionError, Program, Stopped
from tests.infra.project import CATALOG, Project

FUNCTION, PROVISIONED = (
    "aws:lambda/function:Function",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
)
SCHEDULE = "aws:scheduler/schedule:Schedule"
HOURS = """\
start = "provisioned"
provisioned = { instances = 3, on = "cron(0 8 ? * MON-FRI *)", off = "cron(0 18 ? * MON-FRI *)" }
"""
NAMES = Names(name="p", stack="s", partition="aws", region="eu-central-1", account="1")
GIVE_BACK, FORGET_SNAPSHOTS = leftovers.give_back, leftovers.forget_snapshots


def starting(project: Project, lines: str) -> None:
    project.write_catalog(CATALOG.replace("warm = 2\n", lines))


def test_a_model_is_kept_warm_unless_its_entry_says_otherwise(program: Program) -> None:
    assert not any("snapStart" in function.inputs for function in program.all(FUNCTION))
    assert program.all(PROVISIONED) == []


def test_snapshots_are_taken_of_published_versions(project: Project, deploy: Deploy) -> None:
    starting(project, 'start = "snapstart"\n')
    program = deploy()
    assert program.one(FUNCTION, "embeddings")["snapStart"] == {"applyOn": "PublishedVersions"}
    assert "snapStart" not in program.one(FUNCTION, "qa")


def test_provisioned_sandboxes_are_the_aliass(project: Project, deploy: Deploy) -> None:
    starting(project, 'start = "provisioned"\nprovisioned = { instances = 3 }\n')
    config = deploy().one(PROVISIONED, "embeddings")
    assert (config["provisionedConcurrentExecutions"], config["qualifier"]) == (3, "live")


def test_hours_are_schedules_of_a_role_that_may_do_nothing_else(project: Project, deploy: Deploy) -> None:
    starting(project, HOURS)
    program = deploy()
    assert program.all(PROVISIONED) == []
    on, off = (program.one(SCHEDULE, f"embeddings-{moment}") for moment in ("on", "off"))
    assert (on["scheduleExpression"], off["scheduleExpression"]) == (
        "cron(0 8 ? * MON-FRI *)",
        "cron(0 18 ? * MON-FRI *)",
    )
    (statement,) = [s for place, s in program.policies() if place.endswith("embeddings-hours") and "Resource" in s]
    assert statement["Action"] == [
        "lambda:PutProvisionedConcurrencyConfig",
        "lambda:DeleteProvisionedConcurrencyConfig",
    ]
    assert statement["Resource"] == [
        "arn:aws:lambda:eu-central-1:123456789012:function:model-router-dev-embeddings:live"
    ]


def test_a_version_is_waited_for_while_its_snapshot_is_taken(
    project: Project, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting(project, 'start = "snapstart"\n')
    waits = 20

    def preparing(part: str, payload: dict[str, Any]) -> dict[str, Any]:
        nonlocal waits
        if part == "embeddings" and waits:
            waits -= 1
            raise FunctionError("operation error Lambda: Invoke, StatusCode: 409, SnapStartNotReadyException: wait")
        return golden(part, payload)

    assert len([part for part, _ in deploy(preparing).asked if part == "embeddings"]) == 21
    waits = 20
    monkeypatch.setattr(release, "PREPARING_S", 0)
    with pytest.raises(Stopped, match="embeddings: version 5 fails its trial .*SnapStartNotReadyException"):
        deploy(preparing)


def test_a_version_whose_snapshot_failed_is_not_asked_again(project: Project, deploy: Deploy) -> None:
    starting(project, 'start = "snapstart"\n')
    program = Program()

    def failed(part: str, payload: dict[str, Any]) -> dict[str, Any]:
        if part == "embeddings":
            raise FunctionError("ResourceConflictException: The function is currently in the following state: Failed")
        return golden(part, payload)

    with pytest.raises(Stopped, match="embeddings: version 5 fails its trial .*Mend the model and build it"):
        deploy(failed, into=program)
    assert len([part for part, _ in program.asked if part == "embeddings"]) == 1


def test_what_a_former_start_has_left_is_taken_away_by_every_run(
    project: Project, deploy: Deploy, cleared: dict[str, Any]
) -> None:
    deploy(live={"qa": "4", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    assert sorted(cleared["ready"]) == ["embeddings", "qa", "spanish-qa"]
    assert cleared["kept"] == {part: {"5"} for part in ("qa", "spanish-qa", "embeddings")}


def test_what_stands_ready_is_kept_while_it_is_wanted(
    project: Project, deploy: Deploy, cleared: dict[str, Any]
) -> None:
    starting(project, HOURS)
    deploy()
    assert sorted(cleared["ready"]) == ["qa", "spanish-qa"]


def test_a_preview_takes_nothing_away(deploy: Deploy, cleared: dict[str, Any]) -> None:
    deploy(live={"embeddings": "4"}, preview=True)
    assert cleared == {"ready": [], "kept": {}}


def test_a_pinned_model_keeps_all_its_snapshots(deploy: Deploy, cleared: dict[str, Any]) -> None:
    """The newest version, to which one goes back, is among them."""
    deploy(live={"qa": "5"}, pinnedVersions="qa=3")
    assert "qa" not in cleared["kept"]


def test_a_version_that_answers_wrong_takes_nothing_of_the_live_one(deploy: Deploy, cleared: dict[str, Any]) -> None:
    def wrong(part: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"result": {}} if part == "qa" else golden(part, payload)

    with pytest.raises(Stopped):
        deploy(wrong, live={"qa": "4", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    assert "qa" not in cleared["ready"]
    assert cleared["kept"]["qa"] == {"4", "5"}


class NotFound(ClientError):
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ResourceNotFoundException"}}, "Delete")


class Cloud:
    """An account with some versions of one function and maybe hours, as boto3 shows it."""

    def __init__(self, account: str = "1", hours: bool = False) -> None:
        self.account = account
        self.hours = hours
        self.deleted: list[str] = []

    def client(self, service: str) -> "Cloud":
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.account}

    def get_paginator(self, operation: str) -> "Cloud":
        assert operation == "list_versions_by_function"
        return self

    def paginate(self, **arguments: str) -> list[dict[str, Any]]:
        assert arguments == {"FunctionName": "p-s-qa"}
        status = {"$LATEST": "Off", "1": "Off", "2": "On", "3": "On", "4": "On"}
        versions = [{"Version": v, "SnapStart": {"OptimizationStatus": s}} for v, s in status.items()]
        return [{"Versions": versions[:2]}, {"Versions": versions[2:]}]

    def delete_schedule(self, GroupName: str, Name: str) -> None:
        if not self.hours:
            raise NotFound
        self.deleted.append(f"{GroupName}/{Name}")

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        self.deleted.append(f"{FunctionName}:{Qualifier}")

    def delete_provisioned_concurrency_config(self, FunctionName: str, Qualifier: str) -> None:
        self.deleted.append(f"ready {FunctionName}:{Qualifier}")


@pytest.fixture
def told() -> list[str]:
    return []


def test_versions_without_a_snapshot_and_those_in_use_stay(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    cloud = Cloud()
    monkeypatch.setattr("boto3.Session", lambda **_: cloud)
    FORGET_SNAPSHOTS(NAMES, "qa", {"3", None}, told.append)
    assert (cloud.deleted, told) == (["p-s-qa:2", "p-s-qa:4"], [])


@pytest.mark.parametrize("hours", [True, False])
def test_schedules_go_before_what_they_asked_for(monkeypatch: pytest.MonkeyPatch, told: list[str], hours: bool) -> None:
    cloud = Cloud(hours=hours)
    monkeypatch.setattr("boto3.Session", lambda **_: cloud)
    GIVE_BACK(NAMES, "qa", told.append)
    schedules = ["p-s-qa-hours/p-s-qa-on", "p-s-qa-hours/p-s-qa-off"] if hours else []
    assert (cloud.deleted, told) == ([*schedules, "ready p-s-qa:live"], [])


def test_nothing_is_deleted_in_another_account(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    cloud = Cloud("2", hours=True)
    monkeypatch.setattr("boto3.Session", lambda **_: cloud)
    FORGET_SNAPSHOTS(NAMES, "qa", {"3"}, told.append)
    GIVE_BACK(NAMES, "qa", told.append)
    assert cloud.deleted == []
    snapshots, ready = told
    assert "another account" in snapshots
    assert "`aws lambda delete-function --function-name p-s-qa" in snapshots
    assert "`aws lambda delete-provisioned-concurrency-config --function-name p-s-qa" in ready
