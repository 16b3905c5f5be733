"""`python -m local`, started as a person starts it, on a toy router and a toy model."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.catalog import Catalog
from tests.local.conftest import gone
from tests.shared.manifests import UNBUILT

REPOSITORY = Path(__file__).parent.parent.parent
PLATFORM = Path(__file__).with_name("platform")
CATALOG = '[qa]\nservice = "question_answering"\nsource = "file:reader"\nmemory_mb = 1024\n'


@dataclass(frozen=True)
class Running:
    """A started command."""

    process: "subprocess.Popen[str]"
    output: str

    @property
    def url(self) -> str:
        found = re.search(r" on (http://\S+)", self.output)
        assert found is not None
        return found[1]

    def ask(self, path: str = "/", **body: Any) -> dict[str, Any]:
        """What the toy router saw."""
        answer: dict[str, Any] = httpx.post(self.url + path, json=body, timeout=30).json()
        return answer

    def pids(self) -> list[int]:
        """The processes of the router and the model."""
        answer = self.ask()
        return [answer["pid"], answer["model"]["pid"]]


Start = Callable[..., Running]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of toys, its model built."""
    root = tmp_path_factory.mktemp("repository") / "root"
    shutil.copytree(PLATFORM, root)
    (root / "toys.toml").write_text(CATALOG)
    artifact = Catalog.read(root / "toys.toml").artifact("qa", root)
    artifact.mkdir(parents=True)
    facts = replace(UNBUILT, id="qa", source="file:reader", license="Apache-2.0", max_tokens=384, quantization="int8")
    facts.write(artifact)
    return root


@pytest.fixture(scope="module")
def start(root: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []
    inherited = {name: value for name, value in os.environ.items() if name != "API_KEYS"}

    def run(*options: str, environ: Mapping[str, str] | None = None) -> Running:
        command = [sys.executable, "-m", "local", "--catalog", f"{root}/toys.toml", "--root", str(root)]
        process = subprocess.Popen(
            [*command, "--port", "0", *options],
            cwd=REPOSITORY,
            env={**inherited, "TMPDIR": str(root.parent), **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        output = ""
        for line in process.stdout:
            output += line
            if line.startswith("Ready"):
                break
        return Running(process, output)

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def running(start: Start) -> Running:
    return start("--max-sandboxes", "3", "--warm-up-every", "0")


def test_the_banner_says_what_is_served_where_and_how(running: Running, root: Path) -> None:
    assert f"model-router serves {root}/toys.toml on {running.url}" in running.output
    assert f"qa  POST {running.url}/v1/qa" in running.output
    assert "auth      none" in running.output
    assert f"curl {running.url}/v1/models" in running.output


def test_the_banner_names_the_catalog_as_the_user_did(start: Start, root: Path) -> None:
    given = f"{root}/../root/toys.toml"
    assert f"model-router serves {given} on " in start("--catalog", given, "--warm-up-every", "0").output


def test_it_is_ready_when_health_answers(running: Running) -> None:
    response = httpx.get(f"{running.url}/healthz", timeout=30)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_the_router_gets_its_settings_and_the_served_models(running: Running) -> None:
    seen = running.ask("/v1/qa")
    assert seen["environ"] == {
        "AUTH": "none",
        "API_KEYS": None,
        "MODEL_FUNCTION": "arn:aws:lambda:us-east-1:123456789012:function:model-router-local-{id}:live",
        "MAX_CONCURRENCY": "3",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    }
    assert [(m["id"], m["task"], m["default"]) for m in seen["served"]] == [("qa", "qa", True)]


def test_the_model_is_invoked_by_its_alias_with_its_artifact(running: Running, root: Path) -> None:
    model = running.ask()["model"]
    assert model["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:model-router-local-qa:live"
    assert model["directory"] == str(root / "build" / "models" / "toys" / "qa")


def test_each_function_has_a_log(running: Running, root: Path) -> None:
    running.ask()
    logs = {path.name for path in (root / "build" / "local" / "logs").iterdir()}
    assert logs == {"model-router-local-qa.log", "model-router-local-router.log"}


def test_keys_reach_the_router_as_digests(start: Start) -> None:
    running = start(environ={"API_KEYS": "ci=secret"})
    digest = hashlib.sha256(b"secret").hexdigest()
    environ = running.ask()["environ"]
    assert (environ["AUTH"], environ["API_KEYS"]) == ("api-key", f'{{"ci": "{digest}"}}')
    assert "API keys: ci" in running.output
    assert "secret" not in running.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_with_every_process_it_started(start: Start, number: signal.Signals) -> None:
    running = start()
    pids = running.pids()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(running.url, json={"hang_s": 60}, timeout=0.3)
    running.process.send_signal(number)
    output, _ = running.process.communicate(timeout=20)
    assert running.process.returncode == 0
    assert "Traceback" not in output
    assert all(gone(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the fallback client looks after itself, once a second")
def test_killed_outright_it_leaves_no_process_either(start: Start) -> None:
    running = start()
    pids = running.pids()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(running.url, json={"hang_s": 60}, timeout=0.3)
    running.process.kill()
    assert all(gone(pid) for pid in pids)


def test_the_schedule_sends_warm_up_events(start: Start, root: Path) -> None:
    running = start("--warm-up-every", "0.1")
    log = root / "build" / "local" / "logs" / "model-router-local-qa.log"
    deadline = time.monotonic() + 15
    while log.read_text().count("START") < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert log.read_text().count("START") >= 3
    assert running.process.poll() is None
