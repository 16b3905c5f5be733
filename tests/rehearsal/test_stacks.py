"""Stacks beside each other, colleagues and runs at the same time."""

import threading
from pathlib import Path

import pytest

from tests.rehearsal.account import left, status
from tests.rehearsal.checkout import Checkout
from tests.rehearsal.command import Outcome, wait_for
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.provider.tap import Call, Tap
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_two_stacks_of_one_account_and_one_checkout_know_nothing_of_each_other(make_stack: MakeStack) -> None:
    dev, prod = make_stack("qa", name="dev"), make_stack("qa", name="prod")
    with dev.begin("up") as one, prod.begin("up") as other:
        for running in (one, other):
            outcome = running.end()
            assert outcome.ok, outcome.text
    assert dev.keys != prod.keys
    assert (status(dev, "qa", prod.keys["default"]), status(prod, "qa")) == (401, 200)
    assert (dev.up().calls, prod.up().calls) == ([], [])
    assert dev.destroy().ok
    assert status(prod, "qa") == 200
    assert not [name for names in left(dev.cloud.aws).values() for name in names if "-dev-" in name]


# Pulumi's file backend writes a stack's state in place: who reads it in that moment finds half of it.
HALF_WRITTEN = "failed to load checkpoint"
# How long a deployment waits for a preview beside it.
PREVIEW_S = 120


def _end_of_second_run(stack: Stack, tap: Tap) -> Outcome:
    with stack.begin("up", tap=tap) as other:
        return other.end()


def test_a_second_run_on_the_same_stack_is_refused_and_harms_nothing(stack: Stack) -> None:
    tap, second = Tap(), Tap()
    with stack.begin("up", tap=tap) as running:
        wait_for(lambda: tap.calls)
        refused = _end_of_second_run(stack, second)
        while HALF_WRITTEN in refused.text:
            refused = _end_of_second_run(stack, second)
        first = running.end()
    assert not refused.ok
    assert "locked" in refused.text
    assert second.calls == []
    assert first.ok, first.text
    assert status(stack, "qa") == 200


def test_previews_beside_a_deployment_do_not_touch_its_files(stack: Stack) -> None:
    """A preview takes no lock: it may run at any time, in the same checkout.

    The deployment builds its images beside one preview at least that reads a whole state and succeeds.
    """
    built: list[Call] = []
    previewed = threading.Event()

    def wait_for_a_preview(call: Call) -> None:
        if call.type == "Image":
            built.append(call)
            previewed.wait(PREVIEW_S)

    with stack.begin("up", tap=Tap(before=wait_for_a_preview)) as running:
        while not running.ended:
            preview = stack.preview()
            assert preview.ok or HALF_WRITTEN in preview.text, preview.text
            if preview.ok and built:
                previewed.set()
        outcome = running.end()
    assert previewed.is_set()
    assert outcome.ok, outcome.text
    assert stack.up().calls == []


def test_a_clone_without_the_settings_of_a_stack_is_told_how_to_get_them(deployed: Stack, tmp_path: Path) -> None:
    clone = Checkout.clone(tmp_path / "clone", ("qa", "de-qa"), deployed.checkout.root / "build" / "router")
    colleague = deployed.elsewhere(clone, tmp_path / "other home")
    outcome = colleague.up()
    assert not outcome.ok
    assert "pulumi config refresh" in outcome.text
    assert outcome.calls == []
