"""A running router for the client libraries: the one at MODEL_ROUTER_URL, or a local stack of its own, with a key.

These tests run in `.venv-clients`, which holds the client libraries and nothing of the project. Where those libraries
are not, there are no tests to collect.
"""

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.stack import running

collect_ignore_glob = [] if importlib.util.find_spec("openai") else ["test_*.py"]


@dataclass(frozen=True)
class Router:
    """Where a router answers, and the key it asks for."""

    url: str
    key: str


@pytest.fixture(scope="session")
def router() -> Iterator[Router]:
    if "MODEL_ROUTER_URL" in os.environ:
        yield Router(os.environ["MODEL_ROUTER_URL"].rstrip("/"), os.environ.get("MODEL_ROUTER_KEY", "none"))
        return
    key = "a key for the client libraries"
    with running(api_keys=f"clients={key}") as stack:
        yield Router(stack.url, key)
