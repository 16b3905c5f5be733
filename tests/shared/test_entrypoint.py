"""The Lambda handler while its model loads, and the deadlines it keeps. Driven by toy models."""

import copy
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.entrypoint import Settings, serve
from shared.loading import LoadError
from shared.manifest import Manifest
from tests.shared import toys
from tests.shared.toys import SECRET, FakeContext, Load, ask, sandbox


def now_ms() -> float:
    return time.time() * 1000


def test_init_returns_while_a_slow_model_is_still_loading_and_does_not_load_it_twice(
    artifact: Path, gate: toys.Gate
) -> None:
    handler = sandbox(artifact, gate.load, init_wait_s=0.01)
    reply = handler(ask("a"), FakeContext(remaining_s=0.51))
    assert reply["error"]["code"] == "model_loading"
    gate.open()
    reply = handler(ask("a"), FakeContext())
    assert reply["result"]["lengths"] == [1]
    assert reply["meta"]["cold"] is True
    assert gate.loads == 1


def test_a_request_waits_for_a_model_that_is_ready_in_time(artifact: Path, gate: toys.Gate) -> None:
    handler = sandbox(artifact, gate.load, init_wait_s=0.01)
    threading.Timer(0.05, gate.open).start()
    assert "result" in handler(ask("a"), FakeContext())


def test_the_payloads_deadline_ends_the_wait_before_lambdas_does(artifact: Path, gate: toys.Gate) -> None:
    handler = sandbox(artifact, gate.load, init_wait_s=0.01)
    reply = handler(ask("a", deadline_ms=now_ms() + 600), FakeContext(remaining_s=1000))
    assert reply["error"]["code"] == "model_loading"


@pytest.mark.parametrize("initialization", ["provisioned-concurrency", "snap-start"])
def test_where_init_has_no_limit_it_waits_until_the_model_is_loaded(
    artifact: Path, gate: toys.Gate, initialization: str
) -> None:
    opening = threading.Timer(0.1, gate.open)
    opening.start()
    sandbox(artifact, gate.load, initialization, init_wait_s=0.0)
    assert opening.finished.is_set()


@pytest.mark.parametrize(
    ("initialization", "cold", "tells_load"),
    [("on-demand", True, True), ("snap-start", True, False), ("provisioned-concurrency", False, False)],
)
def test_a_first_answer_tells_what_its_caller_waited_for(
    artifact: Path, initialization: str, cold: bool, tells_load: bool
) -> None:
    handler = sandbox(artifact, initialization=initialization)
    meta = handler(ask("a"), FakeContext())["meta"]
    assert (meta["cold"], "load" in meta["ms"]) == (cold, tells_load)
    assert handler(ask("a"), FakeContext())["meta"]["cold"] is False


def test_what_is_restored_from_one_snapshot_has_names_of_its_own(artifact: Path) -> None:
    snapshot: Any = sandbox(artifact, initialization="snap-start")
    restored = [copy.copy(snapshot.__self__) for _ in range(3)]
    names = {one.handle(ask("a"), FakeContext())["meta"]["sandbox"] for one in restored}
    assert len(names) == 3


@pytest.mark.parametrize(
    ("remaining_s", "left_s", "told_s"),
    [(10.0, None, 9.5), (10.0, 4.0, 3.5), (2.0, 4.0, 1.5)],
    ids=["Lambda's", "the payload's", "the earlier one"],
)
def test_a_model_is_told_the_deadline_less_the_time_for_its_reply(
    artifact: Path, monkeypatch: pytest.MonkeyPatch, remaining_s: float, left_s: float | None, told_s: float
) -> None:
    handler = sandbox(artifact)
    for clock in ("time.time", "time.monotonic"):
        monkeypatch.setattr(clock, lambda: 1_000.0)
    handler(ask("a", deadline_ms=None if left_s is None else (1_000 + left_s) * 1000), FakeContext(remaining_s))
    assert toys.Echo.seconds_left == [told_s]


def test_a_request_past_its_deadline_never_reaches_the_model(artifact: Path) -> None:
    handler = sandbox(artifact)
    assert handler(ask("a", deadline_ms=now_ms() - 1), FakeContext())["error"]["code"] == "timeout"
    assert handler(ask("a"), FakeContext(remaining_s=0.1))["error"]["code"] == "timeout"
    assert toys.Echo.asked == []


def test_a_later_deadline_than_lambdas_does_not_extend_it(artifact: Path) -> None:
    reply = sandbox(artifact)(ask("a", deadline_ms=now_ms() + 60_000), FakeContext(remaining_s=0.2))
    assert reply["error"]["code"] == "timeout"


@pytest.mark.parametrize("load", [toys.load_damaged, toys.quit_while_loading])
def test_a_model_that_fails_to_load_during_init_fails_the_init(artifact: Path, load: Load) -> None:
    with pytest.raises(LoadError):
        sandbox(artifact, load)


def test_a_model_that_fails_to_load_later_ends_the_process(
    artifact: Path, gate: toys.Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = sandbox(artifact, gate.load_damaged, init_wait_s=0.01)
    gate.open()
    with pytest.raises(SystemExit) as exit_:
        handler(ask(SECRET), FakeContext())
    assert exit_.value.code == 1
    output = capsys.readouterr()
    assert "OSError: model.onnx is damaged" in output.err
    assert json.loads(output.out)["outcome"] == "crash"


def test_a_ping_while_the_model_is_loading_says_so(artifact: Path, gate: toys.Gate) -> None:
    handler = sandbox(artifact, gate.load, init_wait_s=0.01)
    assert handler({"ping": {}}, FakeContext(remaining_s=0.51))["error"]["code"] == "model_loading"


def test_the_manifest_decides_which_runtime_is_imported(artifact: Path) -> None:
    replace(Manifest.read(artifact), runtime="tensorrt").write(artifact)
    with pytest.raises(LoadError, match=r"No module named 'shared\.encoder\.tensorrt'"):
        serve({"MODEL_DIR": str(artifact)})


def test_a_folder_without_an_artifact_fails_the_init(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="manifest.json"):
        sandbox(tmp_path)


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
        "import shared.contract, shared.errors, shared.metrics, shared.manifest, shared.request, shared.entrypoint\n"
        "print(*(set(sys.modules) - before))"
    )
    output = subprocess.run([sys.executable, "-S", "-c", script], check=True, capture_output=True, text=True).stdout
    loaded = {name.split(".")[0] for name in output.split()}
    assert "shared" in loaded
    assert loaded - {"shared"} - set(sys.stdlib_module_names) == set()
