"""The Lambda handler around a model: loading, deadlines, pings, the envelope, its log. Driven by toy models."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from shared.entrypoint import Handler, LoadError, Settings, serve
from shared.errors import Crash
from tests.shared import toys
from tests.shared.manifests import UNBUILT

EXAMPLE = {"input": ["example"]}
SECRET = "my-secret-text"


@dataclass
class FakeContext:
    """Lambda's context with a fixed time left."""

    remaining_s: float = 10.0
    aws_request_id: str = "aws-id"

    def get_remaining_time_in_millis(self) -> int:
        return round(self.remaining_s * 1000)


@pytest.fixture(autouse=True)
def fresh_toys() -> Iterator[None]:
    toys.Echo.asked.clear()
    toys.Gated.gate.clear()
    toys.Gated.loads = 0
    yield
    toys.Gated.gate.set()


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    manifest = replace(UNBUILT, id="toy", service="toys", max_tokens=8, example={"request": EXAMPLE, "result": {}})
    manifest.write(tmp_path)
    return tmp_path


def sandbox(artifact: Path, toy: str = "Echo", initialization: str = "on-demand", init_wait_s: float = 5.0) -> Handler:
    environ = {"MODEL_DIR": str(artifact), "AWS_LAMBDA_INITIALIZATION_TYPE": initialization}
    return serve(onnx=f"tests.shared.toys:{toy}", torch="no.such:Module", environ=environ, init_wait_s=init_wait_s)


def ask(*texts: str, **envelope: Any) -> dict[str, Any]:
    return {"request": {"input": list(texts)}, **envelope}


def now_ms() -> float:
    return time.time() * 1000


def test_a_request_is_answered_with_its_result_and_what_it_took(artifact: Path) -> None:
    reply = sandbox(artifact)(ask("four"), FakeContext())
    meta = reply.pop("meta")
    assert reply == {"result": {"lengths": [4], "directory": str(artifact), "threads": 1}}
    assert (meta["model"], meta["tokens"], meta["truncated"], meta["cold"]) == ("toy", 4, 1, True)
    assert meta["ms"].keys() == {"infer", "load", "total"}
    assert meta["ms"]["infer"] == 1.5


def test_only_the_first_answer_of_a_sandbox_is_cold(artifact: Path) -> None:
    handler = sandbox(artifact)
    first, second = (handler(ask("a"), FakeContext())["meta"] for _ in range(2))
    assert (first["cold"], second["cold"]) == (True, False)
    assert "load" not in second["ms"]
    assert first["sandbox"] == second["sandbox"]


def test_a_refused_request_leaves_the_sandbox_cold(artifact: Path) -> None:
    handler = sandbox(artifact)
    handler({}, FakeContext())
    assert handler(ask("a"), FakeContext())["meta"]["cold"] is True


def test_two_sandboxes_have_two_names(artifact: Path) -> None:
    names = {sandbox(artifact)(ask("a"), FakeContext())["meta"]["sandbox"] for _ in range(2)}
    assert len(names) == 2


def test_init_returns_while_a_slow_model_is_still_loading_and_does_not_load_it_twice(artifact: Path) -> None:
    handler = sandbox(artifact, "Gated", init_wait_s=0.01)
    reply = handler(ask("a"), FakeContext(remaining_s=0.51))
    assert reply["error"]["code"] == "model_loading"
    toys.Gated.gate.set()
    reply = handler(ask("a"), FakeContext())
    assert reply["result"]["lengths"] == [1]
    assert reply["meta"]["cold"] is True
    assert toys.Gated.loads == 1


def test_a_request_waits_for_a_model_that_is_ready_in_time(artifact: Path) -> None:
    handler = sandbox(artifact, "Gated", init_wait_s=0.01)
    threading.Timer(0.05, toys.Gated.gate.set).start()
    assert "result" in handler(ask("a"), FakeContext())


def test_the_payloads_deadline_ends_the_wait_before_lambdas_does(artifact: Path) -> None:
    handler = sandbox(artifact, "Gated", init_wait_s=0.01)
    reply = handler(ask("a", deadline_ms=now_ms() + 600), FakeContext(remaining_s=1000))
    assert reply["error"]["code"] == "model_loading"


@pytest.mark.parametrize("initialization", ["provisioned-concurrency", "snap-start"])
def test_where_init_has_no_limit_it_waits_until_the_model_is_loaded(artifact: Path, initialization: str) -> None:
    threading.Timer(0.1, toys.Gated.gate.set).start()
    sandbox(artifact, "Gated", initialization, init_wait_s=0.0)
    assert toys.Gated.gate.is_set()


def test_a_request_past_its_deadline_never_reaches_the_model(artifact: Path) -> None:
    handler = sandbox(artifact)
    assert handler(ask("a", deadline_ms=now_ms() - 1), FakeContext())["error"]["code"] == "timeout"
    assert handler(ask("a"), FakeContext(remaining_s=0.1))["error"]["code"] == "timeout"
    assert toys.Echo.asked == []


def test_a_later_deadline_than_lambdas_does_not_extend_it(artifact: Path) -> None:
    reply = sandbox(artifact)(ask("a", deadline_ms=now_ms() + 60_000), FakeContext(remaining_s=0.2))
    assert reply["error"]["code"] == "timeout"


@pytest.mark.parametrize("toy", ["Unloadable", "Quitter"])
def test_a_model_that_fails_to_load_during_init_fails_the_init(artifact: Path, toy: str) -> None:
    with pytest.raises(LoadError):
        sandbox(artifact, toy)


def test_a_model_that_fails_to_load_later_ends_the_process(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = sandbox(artifact, "GatedUnloadable", init_wait_s=0.01)
    toys.Gated.gate.set()
    with pytest.raises(SystemExit) as exit_:
        handler(ask(SECRET), FakeContext())
    assert exit_.value.code == 1
    output = capsys.readouterr()
    assert "OSError: model.onnx is damaged" in output.err
    assert json.loads(output.out)["outcome"] == "crash"


def test_a_cold_ping_runs_the_example_once_and_a_warm_one_nothing(artifact: Path) -> None:
    handler = sandbox(artifact)
    cold, warm = (handler({"ping": {"hold_ms": 0}}, FakeContext()) for _ in range(2))
    assert (cold["meta"]["cold"], warm["meta"]["cold"]) == (True, False)
    assert cold["result"] == warm["result"] == {}
    assert toys.Echo.asked == [EXAMPLE]


def test_a_sandbox_that_was_pinged_is_warm_for_requests(artifact: Path) -> None:
    handler = sandbox(artifact)
    handler({"ping": {}}, FakeContext())
    assert handler(ask("a"), FakeContext())["meta"]["cold"] is False


def test_a_ping_keeps_its_sandbox_busy_as_long_as_asked(artifact: Path) -> None:
    assert sandbox(artifact)({"ping": {"hold_ms": 30}}, FakeContext())["meta"]["ms"]["total"] >= 30


def test_a_ping_while_the_model_is_loading_says_so(artifact: Path) -> None:
    handler = sandbox(artifact, "Gated", init_wait_s=0.01)
    assert handler({"ping": {}}, FakeContext(remaining_s=0.51))["error"]["code"] == "model_loading"


@pytest.mark.parametrize("hold_ms", [-1, 1001, "10", None, float("nan")])
def test_a_ping_that_would_hold_too_long_is_refused(artifact: Path, hold_ms: Any) -> None:
    error = sandbox(artifact)({"ping": {"hold_ms": hold_ms}}, FakeContext())["error"]
    assert (error["code"], error["param"]) == ("invalid_request", "ping.hold_ms")


@pytest.mark.parametrize(
    ("event", "param"),
    [
        ({}, "request"),
        (None, "request"),
        ([], "request"),
        ("request", "request"),
        ({"request": []}, "request"),
        ({"request": {}, "deadline_ms": "soon"}, "deadline_ms"),
        ({"request": {}, "deadline_ms": True}, "deadline_ms"),
        ({"request": {}, "deadline_ms": -1}, "deadline_ms"),
        ({"request": {}, "deadline_ms": float("nan")}, "deadline_ms"),
        ({"request": {}, "deadline_ms": float("inf")}, "deadline_ms"),
        ({"request": {}, "deadline_ms": 10**400}, "deadline_ms"),
    ],
)
def test_a_malformed_payload_is_refused_by_field(artifact: Path, event: Any, param: str) -> None:
    error = sandbox(artifact)(event, FakeContext())["error"]
    assert (error["code"], error["param"]) == ("invalid_request", param)


def test_a_models_refusal_is_a_reply(artifact: Path) -> None:
    reply = sandbox(artifact)(ask("refuse"), FakeContext())
    assert reply["error"] == {"code": "invalid_request", "message": "'input[0]' is not wanted.", "param": "input"}
    assert reply["meta"]["ms"].keys() == {"total"}


def test_a_crash_is_a_function_error_that_says_where_and_not_what(
    artifact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = sandbox(artifact)
    with pytest.raises(Crash, match=r"^ValueError in toys\.py, line \d+$") as crash:
        handler(ask("crash", SECRET), FakeContext())
    assert crash.value.__suppress_context__
    assert json.loads(capsys.readouterr().out)["outcome"] == "crash"
    assert "result" in handler(ask("a"), FakeContext())


def test_every_reply_is_json(artifact: Path) -> None:
    handler = sandbox(artifact)
    events = [ask("a"), ask("refuse"), {}, {"ping": {}}]
    assert all(json.loads(json.dumps(handler(event, FakeContext()), allow_nan=False)) for event in events)


@pytest.mark.parametrize("texts", [[SECRET], ["refuse", SECRET]])
def test_the_log_holds_one_line_of_numbers_and_names_and_no_text(
    artifact: Path, texts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = sandbox(artifact)
    capsys.readouterr()
    handler(ask(*texts, request_id="r-1"), FakeContext())
    output = capsys.readouterr()
    (line,) = output.out.splitlines()
    logged = json.loads(line)
    assert SECRET not in output.out + output.err
    assert (logged["request_id"], logged["model"], logged["cold"]) == ("r-1", "toy", 1)
    assert logged["outcome"] == ("invalid_request" if "refuse" in texts else "ok")
    assert logged["errors"] == int("refuse" in texts)


@pytest.mark.parametrize("event", [ask("a"), ask("refuse"), {}])
def test_a_request_becomes_metrics(artifact: Path, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox(artifact)(event, FakeContext())
    assert "_aws" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("hold_ms", "outcome"), [(0, "ok"), (-1, "invalid_request")])
def test_a_ping_is_logged_and_becomes_no_metric(
    artifact: Path, hold_ms: int, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox(artifact)({"ping": {"hold_ms": hold_ms}}, FakeContext())
    logged = json.loads(capsys.readouterr().out)
    assert "_aws" not in logged
    assert (logged["model"], logged["outcome"], logged["request_id"]) == ("toy", outcome, "aws-id")
    assert logged.keys() >= {"total_ms", "errors", "tokens", "cold", "truncated", "sandbox"}


@pytest.mark.parametrize(("request_id", "logged"), [(None, "aws-id"), (7, "aws-id"), ("x" * 1000, "x" * 128)])
def test_the_log_names_the_request(
    artifact: Path, request_id: Any, logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox(artifact)(ask("a", request_id=request_id), FakeContext())
    assert json.loads(capsys.readouterr().out)["request_id"] == logged


def test_the_manifest_decides_which_runtime_is_imported(artifact: Path) -> None:
    environ = {"MODEL_DIR": str(artifact)}
    with pytest.raises(LoadError, match="No module named 'no'"):
        serve(onnx="no.such:Module", torch="tests.shared.toys:Echo", environ=environ)


def test_the_model_lies_in_the_task_root_unless_named() -> None:
    assert Settings.from_env({"LAMBDA_TASK_ROOT": "/var/task"}).directory == Path("/var/task/model")
    assert Settings.from_env({"LAMBDA_TASK_ROOT": "/var/task", "MODEL_DIR": "/m"}).directory == Path("/m")


@pytest.mark.parametrize(("memory_mb", "threads"), [(128, 1), (1769, 1), (2653, 1), (2654, 2), (3538, 2), (10240, 6)])
def test_threads_follow_from_the_memory(memory_mb: int, threads: int) -> None:
    assert Settings.from_env({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb)}).threads == threads


def test_without_lambdas_variables_it_is_on_demand_with_one_thread() -> None:
    settings = Settings.from_env({})
    assert (settings.directory, settings.threads, settings.on_demand) == (Path("model"), 1, True)


def test_what_a_container_loads_first_is_standard_library_only() -> None:
    script = (
        "import sys; before = set(sys.modules)\n"
        "import shared.contract, shared.errors, shared.metrics, shared.manifest, shared.entrypoint\n"
        "print(*(set(sys.modules) - before))"
    )
    output = subprocess.run([sys.executable, "-S", "-c", script], check=True, capture_output=True, text=True).stdout
    loaded = {name.split(".")[0] for name in output.split()}
    assert "shared" in loaded
    assert loaded - {"shared"} - set(sys.stdlib_module_names) == set()
