"""OpenAI's JavaScript SDK and Vercel's AI SDK against the running router: nothing changed but URL and key."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

JAVASCRIPT = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def got(router: Router, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the calls of `javascript/calls.mjs` were answered."""
    if shutil.which("npm") is None:
        pytest.skip("There is no npm on PATH: install Node.js 20 or newer.")
    folder = tmp_path_factory.mktemp("javascript")
    for path in JAVASCRIPT.glob("*.*"):
        shutil.copy(path, folder)
    installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"npm could not install the clients: {installed.stderr[-300:]}")
    ran = subprocess.run(
        ["node", "calls.mjs", router.url, router.key], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def test_openais_sdk_embeds_in_base64_and_in_numbers(got: dict[str, Any]) -> None:
    assert got["lengths"] == [384, 384, 384]
    assert got["furthest"] < 1e-6
    assert got["short"] == 8
    assert got["tokens"] > 10
    assert got["listed"] == ["qa", "multilingual-qa", "embeddings"]


def test_openais_sdk_raises_its_own_errors(got: dict[str, Any]) -> None:
    assert got["unknown"] == {"kind": "NotFoundError", "status": 404, "code": "model_not_found", "param": "model"}
    assert got["empty"] == {"kind": "BadRequestError", "status": 400, "code": "invalid_request", "param": "input"}
    assert (got["stranger"]["kind"], got["stranger"]["status"]) == ("AuthenticationError", 401)


def test_the_ai_sdk_embeds_one_and_many(got: dict[str, Any]) -> None:
    assert got["many"] == [384, 384, 384]
    assert got["manyTokens"] == got["tokens"]
    assert got["near"] > got["far"] + 0.2
    assert got["same"] == pytest.approx(1, abs=1e-6)


def test_the_ai_sdk_shows_the_routers_own_words(got: dict[str, Any]) -> None:
    refused = got["refusedByRouter"]
    assert (refused["isCallError"], refused["status"]) == (True, 404)
    assert "Ask for one of: embeddings" in refused["message"]
