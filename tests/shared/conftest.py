"""An artifact for the entry point, and toy models of which nothing was asked yet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.shared import toys
from tests.shared.manifests import UNBUILT


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    toys.Echo.asked.clear()
    toys.Echo.seconds_left.clear()
    toys.Echo.examples.clear()
    example = {"request": toys.EXAMPLE, "result": toys.golden(tmp_path)}
    replace(UNBUILT, id="toy", service="toys", max_tokens=8, example=example).write(tmp_path)
    return tmp_path


@pytest.fixture
def gate() -> Iterator[toys.Gate]:
    """A gate that is open in the end, so that no thread is left waiting."""
    made = toys.Gate()
    yield made
    made.open()
