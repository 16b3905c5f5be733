"""Shows the progress of long steps, on stderr, so that output can be piped."""

import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def bar(items: Iterable[Item], label: str, total: int | None = None) -> Iterable[Item]:
    """Yield `items`, with a bar that is gone when they are done."""
    return tqdm(items, desc=label, total=total, leave=False, disable=None)


def say(text: str) -> None:
    """Write one line that stays."""
    tqdm.write(text, file=sys.stderr)


def counter(label: str) -> "tqdm[Any]":
    """Return a count that goes up by `update(n)` and is gone at `close()`, for work whose total is not known."""
    return tqdm(desc=label, unit=" items", leave=False, disable=None)
