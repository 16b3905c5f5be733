"""What the doctor says of a machine and an account, told by fakes of both."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from infra import doctor
from tests.infra.project import CATALOG, Project


@dataclass
class Account:
    """An account as boto3 shows it: the Session and its two clients in one."""

    region_name: str | None = "eu-central-1"
    concurrency: int = 1000
    logged_in: bool = True

    def client(self, service: str) -> "Account":
        return self

    def get_caller_identity(self) -> dict[str, Any]:
        if not self.logged_in:
            raise NoCredentialsError
        return {"Arn": "arn:aws:iam::123456789012:user/somebody"}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.concurrency}}


def texts(findings: list[doctor.Finding]) -> str:
    return "\n".join(map(str, findings))


def test_a_machine_with_both_tools_is_fine() -> None:
    assert all(finding.fine for finding in doctor.tools(lambda command: True))


def test_a_missing_tool_is_named_with_its_remedy() -> None:
    found = doctor.tools(lambda command: command[0] == "pulumi")
    assert [finding.fine for finding in found] == [True, False]
    assert "start Docker" in found[1].text


def test_an_account_is_told_with_its_quota() -> None:
    found, concurrency = doctor.account(Account())
    assert all(finding.fine for finding in found)
    assert concurrency == 1000
    assert "user/somebody" in texts(found)


@pytest.mark.parametrize(
    ("account", "remedy"), [(Account(region_name=None), "set AWS_REGION"), (Account(logged_in=False), "AWS_PROFILE")]
)
def test_an_account_that_cannot_be_asked_is_told_with_the_remedy(account: Account, remedy: str) -> None:
    found, concurrency = doctor.account(account)
    assert not found[-1].fine
    assert remedy in found[-1].text
    assert concurrency is None


def test_models_that_can_be_deployed_are_counted(project: Project) -> None:
    (found,) = doctor.catalog(project.root / "models.toml", project.root, 1000)
    assert str(found) == "ok    3 models of models.toml, locked and built"


def test_models_that_are_not_built_are_told(project: Project) -> None:
    (project.artifact("qa") / "manifest.json").unlink()
    (found,) = doctor.catalog(project.root / "models.toml", project.root, None)
    assert not found.fine
    assert "run `make models" in found.text


def test_a_new_accounts_quotas_are_compared_with_the_catalog(project: Project) -> None:
    project.write_catalog(CATALOG.replace("memory_mb = 3008", "memory_mb = 4096"))
    _, few, large = doctor.catalog(project.root / "models.toml", project.root, 4)
    assert not few.fine
    assert "needs 5 executions at once, the account allows 4" in few.text
    assert large.fine
    assert "spanish-qa: more than 3008 MB" in large.text


def test_one_fault_is_enough_to_fail() -> None:
    told: list[str] = []
    assert doctor.report([doctor.Finding(True, "one")], told.append) == 0
    assert doctor.report([doctor.Finding(True, "one"), doctor.Finding(False, "two")], told.append) == 1
    assert told[-1] == "FAIL  two"
