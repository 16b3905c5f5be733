"""How sandboxes start: on demand, from a snapshot by Lambda's protocol for it, or ahead of all events."""

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.function import Function
from local.launcher import Launcher, LocalLauncher
from tests.local.conftest import TOYS, Machine, gone

pytest.importorskip("snapshot_restore_py", reason="AWS's library of hooks comes with awslambdaric, for Linux only")
INITIALISED = ["loaded", "before 2", "before 1"]
RESTORED = [*INITIALISED, "after 1", "after 2", "event"]


def define(machine: Machine, name: str, launcher: Launcher, handler: str = "snapped.handler", **facts: Any) -> None:
    machine.define(name, handler, launcher=launcher, **facts)
    machine.run(machine.functions.prepare())


def ask(machine: Machine, name: str, payload: str = "{}") -> dict[str, Any]:
    outcome = machine.run(machine.functions.invoke(name, payload.encode())).outcome
    answer: dict[str, Any] = json.loads(outcome.payload)
    return answer


@pytest.fixture
def own(request: pytest.FixtureRequest) -> str:
    """A name that no other test's function has."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[-64:]


def test_hooks_run_before_the_snapshot_and_after_its_restoration(
    machine: Machine, launcher: Launcher, own: str
) -> None:
    define(machine, own, launcher, snap_start=True)
    assert machine.functions.sandboxes(own) == 0
    assert ask(machine, own)["happened"] == RESTORED
    assert ask(machine, own)["happened"] == [*RESTORED, "event"]
    assert machine.functions.sandboxes(own) == 1


def test_on_demand_there_is_no_snapshot(machine: Machine, launcher: Launcher, own: str) -> None:
    define(machine, own, launcher)
    answer = ask(machine, own)
    assert answer["happened"] == ["loaded", "event"]
    assert answer["environ"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"


def test_what_is_restored_fetches_its_credentials(machine: Machine, launcher: Launcher, own: str) -> None:
    define(machine, own, launcher, snap_start=True)
    environ = ask(machine, own)["environ"]
    assert environ["AWS_LAMBDA_INITIALIZATION_TYPE"] == "snap-start"
    assert "AWS_ACCESS_KEY_ID" not in environ
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN" in environ
    define(machine, f"{own[-50:]}-sdk", launcher, "snapped.credentials", snap_start=True)
    assert ask(machine, f"{own[-50:]}-sdk") == {"method": "container-role", "key": "local"}


def test_every_restoration_is_a_process_of_its_own(machine: Machine, launcher: Launcher, own: str) -> None:
    define(machine, own, launcher, "toys.sleep", snap_start=True, timeout_s=30)
    first, second = (machine.functions.invoke(own, b'{"seconds": 1}') for _ in range(2))

    async def both() -> list[Any]:
        return [json.loads(result.outcome.payload)["pid"] for result in await asyncio.gather(first, second)]

    assert len(set(machine.run(both()))) == 2


def test_the_log_says_how_long_a_restoration_took(machine: Machine, launcher: Launcher, own: str) -> None:
    define(machine, own, launcher, snap_start=True)
    ask(machine, own)
    log = (machine.log_directory / f"{own}.log").read_text()
    assert "RESTORE_REPORT Restore Duration: " in log
    (report,) = [line for line in log.splitlines() if line.startswith("REPORT ")]
    assert "Restore Duration: " in report
    assert "Init Duration" not in report


@pytest.mark.parametrize("fails", ["before 1", "after 1"])
def test_a_hook_that_fails_is_an_error_of_the_invocation(
    machine: Machine, launcher: Launcher, own: str, fails: str
) -> None:
    define(machine, own, launcher, snap_start=True, environment={"FAILS": fails})
    answer = ask(machine, own)
    assert (answer["errorType"], answer["errorMessage"]) == ("LookupError", fails)
    phase = "INIT_REPORT" if fails == "before 1" else "RESTORE_REPORT"
    log = (machine.log_directory / f"{own}.log").read_text()
    (line,) = [line for line in log.splitlines() if line.startswith(phase)][:1]
    assert "Error Type: LookupError" in line


def test_sandboxes_stand_ready_and_more_start_on_demand(machine: Machine, launcher: Launcher, own: str) -> None:
    define(machine, own, launcher, provisioned=1, idle_s=0.05, max_sandboxes=3)
    assert machine.functions.sandboxes(own) == 1
    answer = ask(machine, own)
    assert answer["environ"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "provisioned-concurrency"
    assert "Init Duration" not in (machine.log_directory / f"{own}.log").read_text()
    # It is kept, however long it idles.
    assert ask(machine, own)["pid"] == answer["pid"]


def test_a_function_has_one_of_the_two() -> None:
    with pytest.raises(ValueError, match="it has snap_start and provisioned sandboxes; Lambda takes one"):
        Function(name="f", handler="h.h", launcher=LocalLauncher(TOYS), snap_start=True, provisioned=1)
    with pytest.raises(ValueError, match="provisioned is 11"):
        Function(name="f", handler="h.h", launcher=LocalLauncher(TOYS), provisioned=11)


def test_what_stood_ready_and_died_starts_again_on_demand(machine: Machine, own: str) -> None:
    define(machine, own, LocalLauncher(TOYS), provisioned=1)
    pid = ask(machine, own)["pid"]
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    answer = ask(machine, own)
    # Whoever waited for it was in it when it ended, or had it started.
    answer = answer if "environ" in answer else ask(machine, own)
    assert answer["environ"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert machine.functions.sandboxes(own) == 1


@pytest.mark.parametrize("way", [{"snap_start": True}, {"provisioned": 2}])
def test_what_cannot_start_ahead_is_named(machine: Machine, own: str, way: dict[str, Any]) -> None:
    machine.define(own, "broken_init.handler", **way)
    assert machine.run(machine.functions.prepare()) == [own]


def test_what_starts_ahead_ends_with_the_machine_that_starts_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    slow = {"MARKER": str(tmp_path / "marker"), "FIRST_S": "30", "LATER_S": "30"}
    machine.define("slow", "slow_init.handler", provisioned=2, timeout_s=30, environment=slow)

    async def cancelled() -> int:
        starting = asyncio.create_task(machine.functions.prepare())
        await asyncio.sleep(0.1)
        starting.cancel()
        return machine.functions.sandboxes("slow")

    assert machine.run(cancelled()) == 2
    machine.close()
    listing = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "slow_init"], capture_output=True, text=True, check=False
    )
    assert listing.stdout == ""
