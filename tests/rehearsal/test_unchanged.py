"""A first deployment, and those after it that have nothing to do."""

import sys
from pathlib import Path

import pytest

from tests.infra.test_schema import TYPES
from tests.rehearsal.account import DOMAIN
from tests.rehearsal.checkout import ANSWER, QUESTION, Checkout
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_a_first_up_creates_every_type_of_resource_and_serves(make_stack: MakeStack) -> None:
    stack = make_stack("qa", alarmEmail="somebody@example.com", **DOMAIN)
    stack.checkout.serve("qa", more='start = "provisioned"')
    preview = stack.preview()
    assert preview.ok, preview.text
    assert preview.calls == []
    outcome = stack.up()
    assert outcome.ok, outcome.text
    assert {call.operation for call in outcome.calls} == {"create", "invoke"}
    assert {call.type for call in outcome.calls} == {type_.rpartition(":")[2] for type_ in TYPES}
    answer = stack.post("/v1/qa", QUESTION)
    assert (answer.status_code, answer.json()) == (200, {**ANSWER, "no_answer_score": 0.1, "model": "qa"})


def test_a_second_up_calls_nothing(deployed: Stack) -> None:
    outcome = deployed.up()
    assert outcome.ok, outcome.text
    assert outcome.calls == []


def test_an_up_from_another_clone_calls_nothing(deployed: Stack, tmp_path: Path) -> None:
    """Another path, another umask, another interpreter, other times of files, and dependencies installed anew."""
    venv = tmp_path / "a colleague" / "venv"
    venv.parent.mkdir()
    venv.symlink_to(Path(sys.prefix))
    clone = Checkout.clone(tmp_path / "a colleague" / "clone", ("qa", "de-qa"))
    clone.settings(deployed.name).write_text(deployed.checkout.settings(deployed.name).read_text())
    home, python = tmp_path / "a colleague" / "home", str(venv / "bin" / "python")
    colleague = deployed.elsewhere(clone, home, python=python, umask=0o077)
    outcome = colleague.up()
    assert outcome.ok, outcome.text
    assert outcome.calls == []


def test_other_weights_of_one_model_touch_that_model_alone(deployed: Stack) -> None:
    deployed.checkout.build("qa", "other weights")
    preview = deployed.preview()
    assert preview.ok, preview.text
    assert preview.calls == []
    assert "~ aws:lambda:Function" in " ".join(preview.text.split())
    outcome = deployed.up()
    assert outcome.ok, outcome.text
    assert [str(call) for call in outcome.calls] == [
        "update Image qa",
        "update Function qa",
        "invoke Function model-router-test-qa:2",
        "update Alias qa",
    ]
