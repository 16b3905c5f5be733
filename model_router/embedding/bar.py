"""Shows how far embedding is: texts, rate, time left, cost so far. Writes to stderr."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

# Where nobody watches, as in a log.
LINE_EVERY_S = 30.0


class Bar:
    """One line on a terminal; else a line from time to time. `with` it."""

    def __init__(self, total: int | None, first_rows: int, now: Callable[[], float] = time.monotonic) -> None:
        """`total` is what `position` goes to; None if that is not known. `first_rows` were done earlier."""
        console = Console(stderr=True)
        self._first_rows, self._now, self._total = first_rows, now, total
        self._began_s = self._told_s = now()
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True
        )
        self._live = console.is_terminal
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._live:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._live:
            self._progress.stop()

    def begin(self, position: int) -> None:
        """Begin to measure, after the rows that were done earlier."""
        self._began_s = self._told_s = self._now()
        self._task = self._progress.add_task("", total=self._total, completed=position)

    def show(self, rows: int, position: int, usd: float | None) -> None:
        """Show how many rows are done, how far the input is read, and what it cost so far."""
        text = f"{rows:,} texts, {self.rate(rows):,.0f}/s" + (f", about ${usd:.4f}" if usd is not None else "")
        if self._live and self._task is not None:
            self._progress.update(self._task, description=text, completed=position)
        elif self._now() - self._told_s >= LINE_EVERY_S:
            self._told_s = self._now()
            share = f", {position / self._total:.0%}" if self._total else ""
            self._console.print(text + share, highlight=False, soft_wrap=True)

    def rate(self, rows: int) -> float:
        """Return texts per second of this run."""
        return (rows - self._first_rows) / max(self._now() - self._began_s, 1e-3)

    @property
    def seconds(self) -> float:
        """How long this run has worked."""
        return self._now() - self._began_s
