"""The local stack as an image (local/Dockerfile): built, run as compose.yaml does, and asked over its network."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
import yaml

from local.engine import CERTIFICATES, SANDBOX, Docker, Engine, EngineError, Network, command
from tests.infra.project import ROOT
from tests.stack import wait_until_ready

pytestmark = pytest.mark.containers

SERVICE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["model-router"]
DOCKERFILE = SERVICE["build"]["dockerfile"]
IMAGE = "localhost/model-router-stack:test"
LIMITS = (
    *(["--read-only"] if SERVICE["read_only"] else []),
    *(word for folder in SERVICE["tmpfs"] for word in ("--tmpfs", folder)),
    *(word for right in SERVICE["cap_drop"] for word in ("--cap-drop", right.lower())),
    *(word for option in SERVICE["security_opt"] for word in ("--security-opt", option.removesuffix(":true"))),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
)
MB = 1_000_000
KEY = {"authorization": "Bearer secret"}


@pytest.fixture(scope="module")
def image(container_engine: Engine) -> str:
    """Build it on the stand-in for a base image, where one is named, else on Python's own."""
    base = ("--build-arg", f"BASE={os.environ['IMAGE_BASE']}") if "IMAGE_BASE" in os.environ else ()
    common = (*base, "--file", DOCKERFILE, "--tag", IMAGE, ".")
    if isinstance(container_engine, Docker):
        command("docker", "build", *common)
    else:
        certificates = ("--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro") if CERTIFICATES.exists() else ()
        ignored = ("--ignorefile", f"{DOCKERFILE}.dockerignore")
        command(
            "buildah", "bud", "--layers", "--isolation", "chroot", "--network", "host", *ignored, *certificates, *common
        )
    return IMAGE


@pytest.fixture(scope="module")
def url(container_engine: Engine, network: Network, image: str) -> Iterator[str]:
    """Run it where it reaches nothing but this machine, and wait until it answers."""
    name = f"stack-{uuid.uuid4().hex[:12]}"
    options = (*container_engine.run, "--rm", "--name", name, *network.options, *LIMITS)
    process = subprocess.Popen([*options, "--env", "API_KEYS=secret", image])
    try:
        address = SANDBOX if not isinstance(container_engine, Docker) else _docker_address(name)
        wait_until_ready(f"http://{address}:8000", process)
        yield f"http://{address}:8000"
    finally:
        subprocess.run([*container_engine.kill, name], capture_output=True)
        process.wait(timeout=20)


def _docker_address(name: str) -> str:
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    for _ in range(100):
        try:
            return command("docker", "inspect", "--format", form, name).strip()
        except EngineError:
            time.sleep(0.1)
    raise RuntimeError("the container did not start")


def test_it_answers_whoever_has_the_key(url: str) -> None:
    body = {"question": "Who built the bridge?", "context": "The bridge was built by Anna Weber in 1950."}
    answer = httpx.post(f"{url}/v1/qa", json=body, headers=KEY, timeout=60).json()
    assert answer["answer"] == "Anna Weber"
    assert httpx.post(f"{url}/v1/qa", json=body, timeout=60).status_code == 401


def test_it_serves_every_model_that_ships_without_any_network(url: str) -> None:
    models = httpx.get(f"{url}/v1/models", headers=KEY, timeout=60).json()["data"]
    assert {model["id"] for model in models} == {"qa", "multilingual-qa", "embeddings"}
    vectors = httpx.post(f"{url}/v1/embeddings", json={"input": ["a text"]}, headers=KEY, timeout=60).json()
    assert len(vectors["data"][0]["embedding"]) == 384


def test_the_page_is_there(url: str) -> None:
    assert "<main" in httpx.get(url, timeout=60).text


def test_compose_publishes_it_on_loopback_only_and_asks_for_a_key() -> None:
    assert SERVICE["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    assert SERVICE["environment"]["API_KEYS"].startswith("${API_KEYS:?")


def test_without_a_key_it_says_that_it_needs_one(container_engine: Engine, network: Network, image: str) -> None:
    options = (*container_engine.run, "--rm", "--network", "none", *LIMITS)
    done = subprocess.run([*options, image], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "set API_KEYS=" in done.stderr


def test_it_adds_less_than_350_mb_to_its_base(container_engine: Engine, image: str) -> None:
    base = os.environ.get("IMAGE_BASE", "docker.io/library/python:3.13-slim")
    assert container_engine.size(image) - container_engine.size(base) < 350 * MB
