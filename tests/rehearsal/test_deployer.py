"""What whoever deploys has to be allowed. Every other rehearsal is run by such a user, too."""

from dataclasses import replace

import pytest

from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.deployer import deployer
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine

# Of each service what a first deployment calls. The real provider asks for more, such as lists of tags.
FIRST = (
    *("apigateway:POST", "cloudwatch:PutMetricAlarm", "ecr:CreateRepository", "ecr:PutImage", "iam:CreateRole"),
    *("iam:PutRolePolicy", "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction"),
    *("logs:CreateLogGroup", "scheduler:CreateSchedule"),
)


def without(stack: Stack, action: str) -> Stack:
    """The same stack, deployed by somebody who may do one thing less."""
    return replace(stack, cloud=replace(stack.cloud, deployer=deployer(stack.cloud.aws, stack.name, action)))


@pytest.mark.parametrize("action", FIRST)
def test_with_one_action_less_a_first_deployment_fails_and_names_it(make_stack: MakeStack, action: str) -> None:
    failed = without(make_stack("qa"), action).up()
    assert not failed.ok
    assert f"not authorized to perform: {action}" in failed.text


@pytest.mark.parametrize(
    "action", ["lambda:UpdateFunctionConfiguration", "lambda:InvokeFunction", "lambda:PublishVersion"]
)
def test_with_one_action_less_a_later_deployment_fails_and_names_it(stack: Stack, action: str) -> None:
    outcome = stack.up()
    assert outcome.ok, outcome.text
    stack.checkout.build("qa", "other weights")
    failed = without(stack, action).up()
    assert not failed.ok
    assert f"not authorized to perform: {action}" in failed.text
    passed = stack.up()
    assert passed.ok, passed.text
