"""What whoever deploys has to be allowed. Every other rehearsal is run by such a user, too."""

from dataclasses import replace

import pytest

from tests.rehearsal.deployer import deployer
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("action", ["lambda:UpdateFunctionConfiguration", "lambda:InvokeFunction"])
def test_with_one_action_less_a_deployment_fails_and_names_it(stack: Stack, action: str) -> None:
    outcome = stack.up()
    assert outcome.ok, outcome.text
    stack.checkout.build("qa", "other weights")
    limited = replace(stack, cloud=replace(stack.cloud, deployer=deployer(stack.cloud.aws, stack.name, action)))
    failed = limited.up()
    assert not failed.ok
    assert f"not authorized to perform: {action}" in failed.text
    passed = stack.up()
    assert passed.ok, passed.text
