"""Progress on long steps, on stderr, so that output can be piped."""

import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def bar(items: Iterable[Item], label: str, total: int | None = None) -> Iterable[Item]:
    """`items`, with a bar that is gone when they are done."""
    return tqdm(items, desc=label, total=total, leave=False, disable=None)


def say(text: str) -> None:
    """One line that stays."""
    tqdm.write(text, file=sys.stderr)


def counter(label: str) -> "tqdm[Any]":
    """A count that goes up by `update(n)`, for work whose total is not known, and is gone at `close()`."""
    return tqdm(desc=label, unit=" items", leave=False, disable=None)
