"""How sandboxes start, multiply, end and are replaced."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from local.function import Result, TooManyRequests
from local.launcher import Process
from tests.local.conftest import Machine, gone


def invoke(machine: Machine, name: str, event: Any = None, *, wait: bool = False) -> Result:
    return machine.run(machine.functions.invoke(name, json.dumps(event or {}).encode(), wait=wait))


def together(machine: Machine, name: str, events: list[Any], *, wait: bool = False) -> list[Result | BaseException]:
    async def gather() -> list[Result | BaseException]:
        invocations = (machine.functions.invoke(name, json.dumps(e).encode(), wait=wait) for e in events)
        return await asyncio.gather(*invocations, return_exceptions=True)

    return machine.run(gather())


def answer(result: Result | BaseException) -> dict[str, Any]:
    assert isinstance(result, Result)
    fields: dict[str, Any] = json.loads(result.outcome.payload)
    return fields


def error_type(result: Result) -> str | None:
    return result.outcome.error_type


def test_one_event_after_another_stays_on_one_warm_sandbox(machine: Machine) -> None:
    name = machine.define("sequential", "toys.echo")
    assert [answer(invoke(machine, name))["count"] for _ in range(20)] == list(range(1, 21))


def test_only_the_first_event_of_a_sandbox_reports_an_init(machine: Machine) -> None:
    name = machine.define("reporting", "toys.echo", memory_mb=256)
    first, second = (invoke(machine, name).log.decode() for _ in range(2))
    assert "\tInit Duration: " in first
    assert "\tInit Duration: " not in second
    assert "\tMemory Size: 256 MB\t" in second


def test_busy_sandboxes_are_joined_by_others_up_to_the_limit(machine: Machine) -> None:
    name = machine.define("scaling", "toys.sleep", max_sandboxes=2)
    results = together(machine, name, [{"seconds": 0.5}] * 3)
    assert len({answer(r)["pid"] for r in results[:2]}) == 2
    assert isinstance(results[2], TooManyRequests)
    assert machine.functions.sandboxes(name) == 2


def test_a_caller_that_waits_gets_a_sandbox_when_one_is_free(machine: Machine) -> None:
    name = machine.define("waiting", "toys.sleep", max_sandboxes=1)
    results = together(machine, name, [{"seconds": 0.05}] * 4, wait=True)
    assert len({answer(r)["pid"] for r in results}) == 1


def test_a_caller_that_stops_waiting_takes_no_sandbox(machine: Machine) -> None:
    name = machine.define("impatient", "toys.sleep", max_sandboxes=1)

    async def give_up() -> None:
        running = asyncio.create_task(machine.functions.invoke(name, b'{"seconds": 0.5}'))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await machine.functions.invoke(name, b'{"seconds": 0}', wait=True)
        await running

    machine.run(give_up())
    assert "pid" in answer(invoke(machine, name, {"seconds": 0}))


def test_idle_sandboxes_are_reclaimed(machine: Machine) -> None:
    name = machine.define("idling", "toys.echo", idle_s=0.1)
    pid = answer(invoke(machine, name))["pid"]
    assert machine.functions.sandboxes(name) == 1
    assert gone(pid)
    assert machine.functions.sandboxes(name) == 0
    assert answer(invoke(machine, name))["count"] == 1


def test_a_function_that_takes_too_long_is_killed(machine: Machine) -> None:
    name = machine.define("hanging", "toys.sleep", timeout_s=0.8, max_sandboxes=1)
    pid = answer(invoke(machine, name, {"seconds": 0}))["pid"]
    result = invoke(machine, name, {"seconds": 60})
    assert error_type(result) == "Sandbox.Timedout"
    assert answer(result)["errorMessage"] == (
        f"RequestId: {result.request_id} Error: Task timed out after 0.80 seconds"
    )
    assert f"{result.request_id} Task timed out after 0.80 seconds" in result.log.decode()
    assert "Status: timeout" in result.log.decode()
    assert gone(pid)


def test_the_sandbox_of_a_killed_runtime_starts_another_inside_the_next_invocation(machine: Machine) -> None:
    name = machine.define("dying", "toys.die", max_sandboxes=1)
    first, second = (invoke(machine, name, {"status": 1}) for _ in range(2))
    assert (error_type(first), error_type(second)) == ("Runtime.ExitError", "Runtime.ExitError")
    assert "Init Duration" in first.log.decode()
    assert "Init Duration" not in second.log.decode()


def test_kill_9_in_the_middle_of_an_event_costs_that_event_only(machine: Machine) -> None:
    name = machine.define("killed", "toys.sleep", max_sandboxes=1)
    pid = answer(invoke(machine, name, {"seconds": 0}))["pid"]

    async def kill() -> Result:
        running = asyncio.create_task(machine.functions.invoke(name, b'{"seconds": 60}'))
        await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        return await running

    result = machine.run(kill())
    assert answer(result)["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert answer(invoke(machine, name, {"seconds": 0}))["pid"] != pid


def test_a_sandbox_that_died_while_idle_is_replaced_unnoticed(machine: Machine) -> None:
    name = machine.define("lost", "toys.echo", max_sandboxes=1)
    pid = answer(invoke(machine, name))["pid"]
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    machine.run(asyncio.sleep(0.1))
    assert answer(invoke(machine, name))["pid"] != pid


def test_an_init_that_takes_too_long_is_tried_again_inside_the_invocation(machine: Machine, tmp_path: Path) -> None:
    environment = {"MARKER": str(tmp_path / "tries"), "FIRST_S": "60", "LATER_S": "0"}
    name = machine.define("slow", "slow_init.handler", init_timeout_s=1.5, timeout_s=9, environment=environment)
    result = invoke(machine, name)
    assert answer(result)["tries"] == 2
    log = result.log.decode()
    assert "Phase: init\tStatus: timeout" in log
    assert "\tInit Duration: " not in log[log.index("START") :]


def test_the_second_init_counts_against_the_functions_time_out(machine: Machine, tmp_path: Path) -> None:
    environment = {"MARKER": str(tmp_path / "tries"), "FIRST_S": "60", "LATER_S": "60"}
    name = machine.define("never", "slow_init.handler", init_timeout_s=0.2, timeout_s=0.4, environment=environment)
    result = invoke(machine, name)
    assert error_type(result) == "Sandbox.Timedout"
    log = result.log.decode()
    assert (
        log.index("Phase: init\tStatus: timeout") < log.index("START") < log.index("Task timed out after 0.40 seconds")
    )


def test_an_init_that_fails_is_tried_twice_and_reported(machine: Machine) -> None:
    name = machine.define("broken", "broken_init.handler")
    result = invoke(machine, name)
    assert answer(result)["errorMessage"] == "no weights"
    log = Path(machine.log_directory, "broken.log").read_text()
    assert log.count("about to fail") == 2
    assert "Phase: init\tStatus: error\tError Type: OSError" in log
    assert f"broken: OSError (request {result.request_id})" in machine.reports


class NoLauncher:
    """A launcher whose program is not there."""

    host = "127.0.0.1"

    async def launch(self, handler: str, environ: Any, output: int) -> Process:
        raise FileNotFoundError(2, "No such file or directory")


def test_a_runtime_that_cannot_be_started_is_an_entry_point_error(machine: Machine) -> None:
    name = machine.define("absent", "toys.echo", launcher=NoLauncher())
    result = invoke(machine, name)
    assert error_type(result) == "Runtime.InvalidEntrypoint"
    assert answer(result)["errorMessage"].endswith("Error: No such file or directory")


def test_stopping_ends_busy_starting_and_idle_sandboxes(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.define("echo")
    machine.define("sleep", timeout_s=60)
    environment = {"MARKER": str(tmp_path / "tries"), "FIRST_S": "60", "LATER_S": "60"}
    machine.define("slow", "slow_init.handler", environment=environment)
    pids = [answer(invoke(machine, "echo"))["pid"], answer(invoke(machine, "sleep", {"seconds": 0}))["pid"]]

    async def keep_busy() -> None:
        machine.functions.invoke_async("sleep", b'{"seconds": 60}')
        machine.functions.invoke_async("slow", b"{}")
        await asyncio.sleep(0.1)

    machine.run(keep_busy())
    machine.close()
    assert all(gone(pid) for pid in pids)
