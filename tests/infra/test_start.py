"""How a model starts: what each way of the catalog becomes, and which old snapshots go."""

from typing import Any

import pytest

from infra import leftovers, release
from infra.leftovers import Former
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
REMOVE = leftovers.remove


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


def test_what_a_former_start_may_have_left_is_looked_for(
    project: Project, deploy: Deploy, cleared: dict[str, Former]
) -> None:
    deploy(live={"qa": "4", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    assert cleared["qa"] == Former(part="qa", keep={"5"}, hours=True)
    assert cleared["embeddings"] == Former(part="embeddings", keep=None, hours=True)
    starting(project, 'start = "snapstart"\n')
    deploy(live={"qa": "5", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    # A snapshot that an interrupted run has left goes too.
    assert cleared["embeddings"] == Former(part="embeddings", keep={"5"}, hours=True)
    starting(project, HOURS)
    deploy(live={"qa": "5", "spanish-qa": "5", "embeddings": "5", "router": "5"})
    assert cleared["embeddings"] == Former(part="embeddings", keep=None, hours=False)
    cleared.clear()
    deploy(live={"embeddings": "4"}, preview=True)
    assert cleared == {}


class Cloud:
    """An account with some versions of one function and maybe hours, as boto3 shows it."""

    class exceptions:
        class ResourceNotFoundException(Exception): ...

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

    def get_schedule_group(self, Name: str) -> None:
        assert Name == "p-s-qa-hours"
        if not self.hours:
            raise self.exceptions.ResourceNotFoundException

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        self.deleted.append(f"{FunctionName}:{Qualifier}")

    def delete_provisioned_concurrency_config(self, FunctionName: str, Qualifier: str) -> None:
        self.deleted.append(f"ready {FunctionName}:{Qualifier}")


def removed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, **former: Any) -> list[str]:
    """What is told, of a part that may have left this."""
    told: list[str] = []
    monkeypatch.setattr("boto3.Session", lambda **_: cloud)
    REMOVE(NAMES, Former(**{"part": "qa", "keep": None, "hours": False, **former}), told.append)
    return told


def test_versions_without_a_snapshot_and_those_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud()
    assert removed(cloud, monkeypatch, keep={"3", None}) == []
    assert cloud.deleted == ["p-s-qa:2", "p-s-qa:4"]


@pytest.mark.parametrize(("hours", "deleted"), [(True, ["ready p-s-qa:live"]), (False, [])])
def test_what_a_schedule_asked_for_is_given_back(
    monkeypatch: pytest.MonkeyPatch, hours: bool, deleted: list[str]
) -> None:
    cloud = Cloud(hours=hours)
    assert removed(cloud, monkeypatch, hours=True) == []
    assert cloud.deleted == deleted


def test_nothing_is_deleted_in_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("2", hours=True)
    (sentence,) = removed(cloud, monkeypatch, keep={"3"}, hours=True)
    assert cloud.deleted == []
    assert "another account" in sentence
    assert "aws lambda delete-function --function-name p-s-qa" in sentence
