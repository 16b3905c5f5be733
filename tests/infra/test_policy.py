"""The policy of whoever deploys: complete for what the program registers, and no wider than its stack."""

import json

import pytest

from infra import policy
from tests.infra.conftest import Deploy
from tests.infra.program import Program
from tests.infra.project import CATALOG, Project


@pytest.fixture
def widest(project: Project, deploy: Deploy) -> Program:
    """The program with everything that a setting or an entry can add."""
    project.write_catalog(CATALOG.replace("warm = 2\n", 'start = "provisioned"\n'))
    return deploy(
        auth="iam",
        corsOrigins="https://a.example",
        alarmEmail="a@example.com",
        domainName="api.example.com",
        certificateArn="arn:aws:acm:eu-central-1:123456789012:certificate/1-2-3",
        old_router={"AUTH": "iam"},
        pinnedVersions="router=7",
    )


def test_it_knows_every_type_that_the_program_registers_and_every_function_that_it_calls(widest: Program) -> None:
    used = {r.type for r in widest.resources if not r.type.startswith("model-router:")} | widest.called
    assert used == set(policy.NEEDS)


def test_it_reaches_nothing_of_another_stack_that_can_be_named() -> None:
    document = policy.document("model-router", "dev", account="123456789012", region="eu-central-1")
    for statement in document["Statement"]:
        services = {action.partition(":")[0] for action in statement["Action"]}
        assert not any("*" in action for action in statement["Action"])
        for resource in statement["Resource"]:
            # An API is known by an id that AWS makes up; logs and logins are the account's.
            named = "model-router-dev-" in resource
            assert named or services == {"apigateway"} or resource == "*", statement
    wide = [action for s in document["Statement"] if s["Resource"] == ["*"] for action in s["Action"]]
    assert sorted(wide) == [
        "ecr:GetAuthorizationToken",
        "lambda:GetAccountSettings",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ]


def test_roles_are_passed_to_lambda_and_the_scheduler_only() -> None:
    statements = policy.document("p", "s")["Statement"]
    passing = [s for s in statements if "iam:PassRole" in s["Action"]]
    services = sorted(s["Condition"]["StringEquals"]["iam:PassedToService"] for s in passing)
    assert services == ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
    assert all(s["Resource"] == ["arn:aws:iam::*:role/p-s-*"] for s in passing)


def test_the_command_prints_one_that_fits_into_a_managed_policy(capsys: pytest.CaptureFixture[str]) -> None:
    policy.main(["--stack", "prod", "--account", "123456789012", "--region", "eu-central-1"])
    printed = json.loads(capsys.readouterr().out)
    assert printed == policy.document("model-router", "prod", account="123456789012", region="eu-central-1")
    # IAM's limit, which leaves white space out.
    assert len(json.dumps(printed, separators=(",", ":"))) <= 6144


def test_a_platform_of_another_program_has_its_own_policy(capsys: pytest.CaptureFixture[str]) -> None:
    policy.main(["--stack", "prod", "--name", "vectors"])
    assert json.loads(capsys.readouterr().out) == policy.document("vectors", "prod")
