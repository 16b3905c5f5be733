"""After a hostile run no log, error or header holds a request's text, a key, a traceback or a path."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack import LOGS, ROOT, Stack, running

KEY, WRONG_KEY = "kanary-key-5521", "kanary-wrong-6632"
TEXT = "a kanary of quillwort feathers"
NEVER = (KEY, WRONG_KEY, "kanary", "quillwort", "Traceback", 'File "', str(ROOT), "site-packages", "\\ud800")
PATHS = (
    "/v1/qa",
    "/v1/multilingual-qa",
    "/v1/embeddings",
    "/embed",
    "/similarity",
    "/tokenize",
    "/decode",
    "/",
    "/rerank",
)
ROUNDS = 400


def values(chosen: random.Random, depth: int = 0) -> Any:
    """Draw a JSON value that holds the canary somewhere, as often as not."""
    kinds: list[Any] = [TEXT, TEXT * 50, "", None, True, -1, 3.0, 1e300, 10**30, "\ud800", "\x00" + TEXT, "🌉" + TEXT]
    if depth < 3:
        kinds += [[values(chosen, depth + 1) for _ in range(chosen.randrange(4))], body(chosen, depth + 1)]
    return chosen.choice(kinds)


def body(chosen: random.Random, depth: int = 0) -> dict[str, Any]:
    names = ["question", "context", "input", "inputs", "parameters", "top_k", "model", "texts", "query", "ids", TEXT]
    return {name: values(chosen, depth) for name in chosen.sample(names, chosen.randrange(1, 4))}


def sent(chosen: random.Random) -> tuple[str, str, bytes, dict[str, str]]:
    """Draw a method, a path, a body and headers."""
    content = json.dumps(body(chosen)).encode()
    content = chosen.choice([content, content[:-2], b"[" * 2000 + TEXT.encode(), b"\xff" + TEXT.encode(), b"", content])
    headers = {
        "authorization": f"Bearer {chosen.choice([KEY, KEY, KEY, WRONG_KEY])}",
        "content-type": chosen.choice(["application/json", "application/json", "text/plain"]),
        "x-request-id": TEXT,
        "content-encoding": chosen.choice(["identity", "identity", "gzip"]),
    }
    path = chosen.choice([*PATHS, *PATHS, f"/v1/models/{TEXT}", f"/{TEXT}"])
    return chosen.choice(["POST", "POST", "POST", "GET", "DELETE"]), path, content, headers


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(api_keys=KEY) as stack:
        yield stack


def found(text: str) -> list[str]:
    return [secret for secret in NEVER if secret in text]


@pytest.mark.torch
def test_a_hostile_run_leaves_nothing_of_the_callers_behind(stack: Stack) -> None:
    chosen = random.Random(11)
    statuses = set()
    with httpx.Client(base_url=stack.url, timeout=60) as client:
        for _ in range(ROUNDS):
            method, path, content, headers = sent(chosen)
            response = client.request(method, path, content=content, headers=headers)
            statuses.add(response.status_code)
            assert response.status_code < 500, (method, path, content)
            assert found(str(response.headers)) == []
            if response.status_code >= 400:
                assert found(response.text) == [], (method, path, content)
    assert {200, 400, 401, 404, 405, 415} <= statuses
    logs: list[Path] = sorted(LOGS.glob("*.log*"))
    assert logs
    for log in logs:
        assert found(log.read_text(encoding="utf-8", errors="replace")) == [], log.name
