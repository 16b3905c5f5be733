"""Runs that do not come to their end, and what their user does then."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.rehearsal.account import left, live, status
from tests.rehearsal.command import Running, wait_for
from tests.rehearsal.emulator import ROOT
from tests.rehearsal.provider.tap import Call, Tap
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine
HELD_S = 200


@dataclass
class Hold:
    """Holds one call's answer back: the cloud has done it, and the engine has not heard of it."""

    call: str
    reached: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)

    def __call__(self, call: Call) -> None:
        if str(call) == self.call:
            self.reached.set()
            self.free.wait(HELD_S)


@contextmanager
def held(stack: Stack, call: str) -> Iterator[tuple[Running, Hold]]:
    """An `up` that has come as far as `call`."""
    hold = Hold(call)
    with stack.begin("up", "--skip-preview", tap=Tap(after=hold)) as running:
        wait_for(lambda: hold.reached.is_set() or running.ended, timeout_s=HELD_S)
        assert hold.reached.is_set(), running.text
        yield running, hold
        hold.free.set()


def test_one_ctrl_c_ends_cleanly_and_the_next_up_goes_on(stack: Stack) -> None:
    with held(stack, "create Function qa") as (running, hold):
        running.interrupt()
        hold.free.set()
        stopped = running.end()
    assert not stopped.ok
    resumed = stack.up()
    assert resumed.ok, resumed.text
    assert "create Function qa" not in resumed.changes
    assert status(stack, "qa") == 200


@pytest.mark.parametrize("hard", ["two Ctrl-C", "SIGKILL"])
def test_a_hard_stop_while_a_function_is_created_is_mended_by_recover(stack: Stack, hard: str) -> None:
    with held(stack, "create Function qa") as (running, _):
        stop_hard(running, hard)
        running.engine.wait(timeout=60)
    recover(stack)
    resumed = stack.up()
    assert resumed.ok, resumed.text
    assert status(stack, "qa") == 200
    assert stack.up().calls == []
    assert stack.destroy().ok
    assert left(stack.cloud.aws) == {}


@pytest.mark.parametrize("hard", ["two Ctrl-C", "SIGKILL"])
def test_a_hard_stop_in_an_update_serves_on_and_is_mended_by_recover(deployed: Stack, hard: str) -> None:
    deployed.checkout.build("qa", "other weights")
    with held(deployed, "update Function qa") as (running, _):
        stop_hard(running, hard)
        running.engine.wait(timeout=60)
    assert status(deployed, "qa") == 200
    recover(deployed)
    resumed = deployed.up()
    assert resumed.ok, resumed.text
    assert status(deployed, "qa") == 200
    assert live(deployed, "qa") in ("2", "3")


def stop_hard(running: Running, how: str) -> None:
    if how == "SIGKILL":
        running.engine.kill()
        return
    running.interrupt()
    wait_for(lambda: "cancel" in running.text.lower() or running.ended)
    running.interrupt()


def recover(stack: Stack) -> None:
    """What `make recover` does (docs/deploying.md, "A deployment that was interrupted")."""
    stack.pulumi("cancel", "--yes")
    export = stack.pulumi("stack", "export")
    assert export.ok, export.text
    command = [stack.python, "-m", "infra.recover"]
    recovered = subprocess.run(command, input=export.text, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = stack.pulumi("stack", "import", input=recovered.stdout)
    assert imported.ok, imported.text
    refreshed = stack.refresh()
    assert refreshed.ok, refreshed.text
