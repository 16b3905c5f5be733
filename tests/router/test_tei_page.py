"""docs/text-embeddings-inference.md says what a client of that server gets here: each of its requests is sent."""

import json
import re
from pathlib import Path

import pytest

from tests.router.world import World

PAGE = Path(__file__).parents[2] / "docs" / "text-embeddings-inference.md"
ROW = re.compile(r"^\| `(GET|POST) (\S+)(?: (\{.*\}))?` \| \d+ \| (\d+) \|", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize(("method", "path", "body", "status"), ROWS, ids=[" ".join(row[:3])[:60] for row in ROWS])
def test_a_request_of_the_page_has_the_status_that_it_says(
    world: World, method: str, path: str, body: str, status: str
) -> None:
    answer = world.post(path, json.loads(body)) if method == "POST" else world.get(path)
    assert answer.status == int(status)


def test_every_line_of_the_tables_is_sent() -> None:
    assert len(ROWS) == PAGE.read_text(encoding="utf-8").count("| `GET ") + PAGE.read_text("utf-8").count("| `POST ")
