"""Shows on stderr how far long work is: one line on a terminal, elsewhere a line for each step."""

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
CLEAR = "\r\x1b[K"
COUNTED = "{desc}: {n_fmt} of {total_fmt}, {remaining} left"
UNCOUNTED = "{desc}: {n_fmt} texts, {elapsed}"


class Bar(tqdm):  # type: ignore[type-arg]
    """A bar that Ctrl-C may interrupt while it is being made: nothing is printed when it goes."""

    def __del__(self) -> None:
        if hasattr(self, "pos"):
            super().__del__()


class Steps:
    """The steps of making one thing. `total` grows where more turn out to be needed."""

    def __init__(self, name: str, total: int) -> None:
        self.total = total
        self._name = name
        self._number = 0
        self._label = ""
        self._count: Bar | None = None

    def begin(self, label: str) -> None:
        """Say that the next step has begun."""
        self._number += 1
        self.total = max(self.total, self._number)
        self._label = label
        self.end_count()
        self.show()

    def count(self) -> Bar:
        """Return the count of the current step: it has one, whoever asks, as there is one line to show it in."""
        if self._count is None:
            self._count = Bar(desc=str(self), leave=False, disable=None, bar_format=UNCOUNTED)
        return self._count

    def end_count(self) -> None:
        """Take the count of the current step away."""
        if self._count is not None:
            self._count.close()
            self._count = None

    def show(self) -> None:
        """Show the current step: over what stands in the line on a terminal, in a line of its own elsewhere."""
        if sys.stderr.isatty():
            print(CLEAR + str(self)[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)
        else:
            print(self, file=sys.stderr, flush=True)

    def __str__(self) -> str:
        return f"[{self._name}] step {self._number} of {self.total}: {self._label}"


_steps: ContextVar[Steps | None] = ContextVar("steps", default=None)


@contextmanager
def steps(name: str, total: int) -> Iterator[Steps]:
    """Yield the steps of making `name`; bars and counts within the block say which step they belong to."""
    current = Steps(name, total)
    token = _steps.set(current)
    began = time.monotonic()
    try:
        yield current
    finally:
        _steps.reset(token)
        current.end_count()
        _clear()
    say(f"[{name}] made in {time.monotonic() - began:.0f} s")


def step(label: str) -> None:
    """Say that the next step has begun, where steps are counted."""
    current = _steps.get()
    if current is not None:
        current.begin(label)


def more(count: int) -> None:
    """Say that `count` more steps are needed than was known."""
    current = _steps.get()
    if current is not None:
        current.total += count


def bar(items: Iterable[Item], label: str, total: int | None = None) -> Iterable[Item]:
    """Yield `items`, with a bar that is gone when they are done."""
    current = _steps.get()
    if current is None:
        return Bar(items, desc=label, total=total, leave=False, disable=None)
    return Bar(items, desc=str(current), total=total, leave=False, disable=None, bar_format=COUNTED)


def say(text: str) -> None:
    """Write one line that stays."""
    _clear()
    tqdm.write(text, file=sys.stderr)


def counter(label: str) -> Bar:
    """Return a count that goes up by `update(n)` and is gone at `close()`, for work whose total is not known."""
    current = _steps.get()
    return Bar(desc=label, unit=" items", leave=False, disable=None) if current is None else current.count()


def _clear() -> None:
    if sys.stderr.isatty():
        print(CLEAR, end="", file=sys.stderr, flush=True)
