"""Names that AWS would refuse, or that would meet themselves: refused with one sentence before anything is made."""

import pytest

from tests.rehearsal.account import left
from tests.rehearsal.conftest import MakeStack

pytestmark = pytest.mark.engine
STACKS = ("Prod", "john.doe", "a--b", "a_b", "s" * 60)
MODELS = ("router", "api", "warm-up", "monitoring", "my--qa", "q" * 40)


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_that_aws_could_not_name_is_refused(make_stack: MakeStack, name: str) -> None:
    stack = make_stack("qa", name=name)
    outcome = stack.up()
    assert not outcome.ok
    assert (outcome.calls, left(stack.cloud.aws)) == ([], {})
    assert "Traceback" not in outcome.text


@pytest.mark.parametrize("model", MODELS)
def test_a_model_that_could_not_be_named_is_refused_or_served(make_stack: MakeStack, model: str) -> None:
    stack = make_stack("qa", model, name="staging-of-the-team")
    outcome = stack.up()
    if outcome.ok:
        assert model in stack.outputs["functions"]
    else:
        assert (outcome.calls, left(stack.cloud.aws)) == ([], {})
        assert model in outcome.text
        assert "Traceback" not in outcome.text
