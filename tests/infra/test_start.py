"""How a model starts: what each way of the catalog becomes, and which old snapshots go."""

from typing import Any

import pytest

from infra import release, snapshots
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
FORGET = snapshots.forget


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


def test_old_snapshots_go_once_another_version_is_live(
    project: Project, deploy: Deploy, forgotten: list[tuple[str, set[str]]]
) -> None:
    deploy()
    assert forgotten == []
    deploy(live={"qa": "4", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    assert forgotten == [("qa", {"5"})]
    forgotten.clear()
    starting(project, 'start = "snapstart"\n')
    deploy(live={"qa": "5", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    # One that an interrupted run has left goes too.
    assert forgotten == [("embeddings", {"5"})]
    forgotten.clear()
    deploy(live={"embeddings": "4"}, preview=True)
    assert forgotten == []


class Cloud:
    """An account with some versions of one function, as boto3 shows it."""

    def __init__(self, account: str = "1") -> None:
        self.account = account
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

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        self.deleted.append(f"{FunctionName}:{Qualifier}")


def test_versions_without_a_snapshot_and_those_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, told = Cloud(), list[str]()
    monkeypatch.setattr("boto3.Session", lambda **_: cloud)
    FORGET(NAMES, "qa", {"3", None}, told.append)
    assert cloud.deleted == ["p-s-qa:2", "p-s-qa:4"]
    assert told == []


def test_nothing_is_deleted_in_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, told = Cloud("2"), list[str]()
    monkeypatch.setattr("boto3.Session", lambda **_: cloud)
    FORGET(NAMES, "qa", {"3"}, told.append)
    assert cloud.deleted == []
    (sentence,) = told
    assert "another account" in sentence
    assert "aws lambda delete-function --function-name p-s-qa" in sentence
