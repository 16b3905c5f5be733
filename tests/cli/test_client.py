"""What the commands say when the platform cannot be called, and for how long they try."""

import socket
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from model_router.client import Client, retry_after_s
from model_router.problem import Problem
from tests.cli.conftest import Command
from tests.cli.fake_router import KEY, FakeRouter


def test_a_platform_that_does_not_run_is_told_with_how_to_start_it(command: Command) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        said = command("models", "list", "--url", url)
    problem = f"Nothing answers at {url}: start it with `model-router serve`, or name another with --url."
    assert (said.status, said.err) == (1, problem + "\n")


@pytest.mark.parametrize(("refused", "requests"), [(1, 1), (2, 3)], ids=["the first one", "a later one"])
def test_only_a_platform_that_has_answered_is_asked_again_where_it_refuses_to_connect(
    refused: int, requests: int
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) == refused:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"data": []})

    with Client("http://127.0.0.1:9", None, patience_s=60) as client:
        client._http = httpx.Client(transport=httpx.MockTransport(answer))
        with suppress(Problem):
            client.get("/v1/models")
            client.get("/v1/models")
    assert len(asked) == requests


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://[::1", "http://host:port"])
def test_an_address_that_is_none_is_told(command: Command, url: str) -> None:
    said = command("ask", "Who?", "-c", "Ruth", "--url", url)
    assert said.err.startswith(f"{url!r} is no address: name one such as https://")


def test_a_key_is_sent_from_the_option_or_the_environment(
    router: FakeRouter, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    router.key = KEY
    said = command("ask", "Who?", "-c", "Ruth keeps it.")
    assert said.err.endswith("answered 401: Send a valid API key. Name it with --key or MODEL_ROUTER_KEY.\n")
    assert command("ask", "Who?", "-c", "Ruth keeps it.", "--key", KEY).out.startswith("0.90  Ruth\n")
    monkeypatch.setenv("MODEL_ROUTER_KEY", KEY)
    assert command("ask", "Who?", "-c", "Ruth keeps it.").status == 0
    assert KEY not in command("ask", "--help").out


def test_a_task_that_is_not_served_is_told_with_where_to_look(router: FakeRouter, command: Command) -> None:
    said = command("classify", "one", "--task", "mood")
    assert said.err == (
        f"{router.url} answered 404: It serves no task 'mood'; name another with --task, or add such a model. "
        f"`model-router models list --url {router.url}` shows the tasks.\n"
    )


def test_a_model_that_is_not_served_is_told_with_those_that_are(router: FakeRouter, command: Command) -> None:
    said = command("ask", "Who?", "-c", "Ruth", "--model", "qb")
    assert said.err.startswith(f"{router.url} serves no model 'qb': it has qa (task qa), embeddings (task embeddings)")


def test_a_busy_model_is_asked_again(router: FakeRouter, command: Command) -> None:
    router.fail_every = 2
    for _ in range(3):
        assert command("ask", "Who?", "-c", "Ruth").status == 0


def test_what_came_is_printed_as_json_when_asked(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("Ada\n\nBob\n")
    said = command("entities", "--file", str(tmp_path / "lines.txt"), "--json")
    assert said.out.startswith('{"results": [{"entities": [{"entity_group": "PER"')
    assert said.out.count("entities") == 2


def test_texts_are_shown_as_they_are(router: FakeRouter, command: Command) -> None:
    assert "[red]a[/red] :smile:" in command("rerank", "query", "[red]a[/red] :smile:").out


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0", 0.0), (None, None), ("soon", None), ("Thu, 01 Jan 1970 00:01:00 GMT", 20.0), ("-5", None)],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, lambda: 40.0) == seconds


def test_a_wait_longer_than_the_patience_is_not_begun(router: FakeRouter, command: Command) -> None:
    router.fail_every, router.retry_after = 1, "3600"
    began = time.monotonic()
    assert command("ask", "Who?", "-c", "Ruth").err.endswith("answered 429: The model is busy.\n")
    assert time.monotonic() - began < 60
