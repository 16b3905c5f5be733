"""What a function can notice of its runtime, on awslambdaric and on the client that stands in for it."""

import itertools
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from local.function import Outcome
from local.launcher import Launcher
from tests.local.conftest import Machine

NUMBERS = itertools.count()


def outcome(machine: Machine, launcher: Launcher, handler: str, event: Any = None, **facts: Any) -> Outcome:
    name = machine.define(f"function-{next(NUMBERS)}", handler, launcher=launcher, **facts)
    return machine.run(machine.functions.invoke(name, json.dumps(event or {}).encode())).outcome


def error(ended: Outcome) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(ended.payload)
    assert fields["errorType"] == ended.error_type
    return fields


def test_a_function_gets_its_event_and_a_context(machine: Machine, launcher: Launcher) -> None:
    answer = json.loads(outcome(machine, launcher, "toys.echo", {"text": "Zoë 東京 🗼"}, timeout_s=9).payload)
    assert answer["event"] == {"text": "Zoë 東京 🗼"}
    assert answer["arn"].startswith("arn:aws:lambda:us-east-1:123456789012:function:function-")
    assert 8000 < answer["remaining_ms"] <= 9000


def test_the_context_names_the_function_its_memory_and_the_trace(machine: Machine, launcher: Launcher) -> None:
    answer = json.loads(outcome(machine, launcher, "toys.context_of", memory_mb=512).payload)
    assert answer["function_name"].startswith("function-")
    assert answer["memory_limit_in_mb"] == "512"
    assert answer["trace_id"].startswith("Root=1-")


def test_text_travels_as_utf_8_and_bytes_verbatim(machine: Machine, launcher: Launcher) -> None:
    assert "東京".encode() in outcome(machine, launcher, "toys.echo", {"text": "東京"}).payload
    assert outcome(machine, launcher, "toys.verbatim").payload == '{"text": "Zoë 東京"}'.encode()


def test_an_exception_is_an_error_with_its_stack(machine: Machine, launcher: Launcher) -> None:
    fields = error(outcome(machine, launcher, "toys.fail"))
    assert (fields["errorType"], fields["errorMessage"]) == ("LookupError", "nothing here")
    assert len(fields["stackTrace"]) == 1
    assert "in fail" in fields["stackTrace"][0]


def test_a_result_that_is_not_json_is_a_marshal_error(machine: Machine, launcher: Launcher) -> None:
    assert error(outcome(machine, launcher, "toys.unserialisable"))["errorType"] == "Runtime.MarshalError"


def test_not_a_number_goes_through_as_python_writes_it(machine: Machine, launcher: Launcher) -> None:
    assert outcome(machine, launcher, "toys.not_json").payload == b'{"value": NaN}'


@pytest.mark.parametrize(
    ("handler", "error_type"),
    [
        ("absent.handler", "Runtime.ImportModuleError"),
        ("toys.absent", "Runtime.HandlerNotFound"),
        ("handler", "Runtime.MalformedHandlerName"),
        ("broken_init.handler", "OSError"),
    ],
)
def test_what_cannot_be_loaded_is_an_init_error(
    machine: Machine, launcher: Launcher, handler: str, error_type: str
) -> None:
    assert error(outcome(machine, launcher, handler))["errorType"] == error_type


@pytest.mark.parametrize(
    ("handler", "event", "reason"),
    [
        ("toys.die", {"status": 7}, "Runtime exited with error: exit status 7"),
        ("toys.die", {"status": 0}, "Runtime exited without providing a reason"),
        ("toys.leave", {}, "Runtime exited with error: exit status 3"),
        ("toys.kill", {"signal": signal.SIGABRT}, "Runtime exited with error: signal: aborted"),
        ("toys.kill", {"signal": signal.SIGSEGV}, "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_process_that_ends_is_an_exit_error(
    machine: Machine, launcher: Launcher, handler: str, event: dict[str, int], reason: str
) -> None:
    fields = error(outcome(machine, launcher, handler, event))
    assert fields["errorType"] == "Runtime.ExitError"
    assert fields["errorMessage"].endswith(f" Error: {reason}")
    assert fields["errorMessage"].startswith("RequestId: ")


def test_an_answer_of_more_than_6_mb_is_an_error_and_ends_the_runtime(machine: Machine, launcher: Launcher) -> None:
    name = machine.define(f"large-{next(NUMBERS)}", "toys.large", launcher=launcher)
    just = machine.run(machine.functions.invoke(name, b'{"size": 6291554}')).outcome
    assert (len(just.payload), just.error_type) == (6291556, None)
    over = machine.run(machine.functions.invoke(name, b'{"size": 6291555}')).outcome
    assert error(over)["errorType"] == "Function.ResponseSizeTooLarge"
    again = machine.run(machine.functions.invoke(name, b'{"size": 3}')).outcome
    assert again.payload == b'"xxx"'


def test_what_a_function_prints_is_in_its_log(machine: Machine, launcher: Launcher) -> None:
    name = machine.define(f"speaking-{next(NUMBERS)}", "toys.speak", launcher=launcher)
    log = machine.run(machine.functions.invoke(name, b'{"say": "hello"}')).log.decode()
    assert log.index("START") < log.index("to stdout: hello") < log.index("to stderr: hello") < log.index("END")
    assert "to stdout: hello" in Path(machine.log_directory, f"{name}.log").read_text()


def test_a_sandbox_has_an_environment_of_its_own(
    machine: Machine, launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
    answer = json.loads(outcome(machine, launcher, "toys.environment", environment={"MODEL_DIR": "/m"}).payload)
    environ = answer["environ"]
    assert "SECRET_OF_THE_PARENT" not in environ
    assert environ["MODEL_DIR"] == "/m"
    assert environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert environ["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert environ["LAMBDA_TASK_ROOT"] == answer["cwd"]
