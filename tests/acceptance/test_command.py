"""The command `model-router` serves the platform and calls it, embedded models included."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.stack import ROOT, Stack, free_port

pytestmark = pytest.mark.torch
COMMAND = [sys.executable, "-m", "model_router"]


def run(*arguments: str) -> str:
    """Run the command to its end; return what it prints."""
    done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_question_is_answered_from_its_text(stack: Stack) -> None:
    said = run("ask", "Who keeps the lamp?", "--context", "Ruth Calder keeps the lamp.", "--url", stack.url)
    assert said.splitlines()[0].split(maxsplit=1)[1] == "Ruth Calder"
    assert said.splitlines()[1] == "Ruth Calder keeps the lamp."


def test_the_models_that_are_served_are_listed(stack: Stack) -> None:
    listed = [line.split()[0] for line in run("models", "list", "--url", stack.url).splitlines()]
    assert {"qa", "multilingual-qa", "embeddings"} <= set(listed)


def test_embedded_lines_are_the_vectors_of_the_platform(stack: Stack, client: httpx.Client, tmp_path: Path) -> None:
    texts = [f"Line {number} is about bridges." for number in range(150)]
    (tmp_path / "in.txt").write_text("\n".join(texts))
    run("embed", str(tmp_path / "in.txt"), "--out", str(tmp_path / "out.npy"), "--url", stack.url)
    answer = client.post("/v1/embeddings", json={"input": texts[::50]}).json()
    np.testing.assert_array_equal(
        np.load(tmp_path / "out.npy")[::50], np.array([one["embedding"] for one in answer["data"]], np.float32)
    )


def test_it_serves_until_ctrl_c() -> None:
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), "--no-build", "--api-keys", "me=secret"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        while not process.stdout.readline().startswith("Ready after"):
            assert process.poll() is None
        said = run(
            "embed",
            "pyproject.toml",
            "--format",
            "text",
            "--empty",
            "null",
            "--url",
            f"127.0.0.1:{port}",
            "--key",
            "secret",
        )
        assert len(json.loads(said.splitlines()[0])["embedding"]) == 384
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err.endswith("Stopped.\n")
