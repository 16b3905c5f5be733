"""Watches what the processes of a local stack hold in memory while they work."""

import threading
from collections.abc import Sequence
from statistics import mean

from benchmarks.children import memory_mb

EVERY_S = 2.0


class MemoryWatch:
    """Notes the memory of a process and of its children every two seconds while the block runs."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._samples: list[dict[int, float]] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(EVERY_S):
            self._samples.append(memory_mb(self._parent))

    def __str__(self) -> str:
        """Say the most that all held together, and how it went on over the last half of the time."""
        together = [sum(held.values()) for held in self._samples]
        largest = [max(held.values()) for held in self._samples if held]
        parent = [held[self._parent] for held in self._samples if self._parent in held]
        means = ", ".join(
            f"{name} {last_quarters(held)}"
            for name, held in (("all", together), ("the largest one", largest), ("the parent", parent))
        )
        return f"{max(together, default=0):.0f} MB at most; means of the last two quarters of the time: {means}"


def last_quarters(values: Sequence[float]) -> str:
    """Return the mean of the third quarter and that of the last, in MB."""
    half = values[len(values) // 2 :]
    parts = (half[: len(half) // 2], half[len(half) // 2 :])
    return " and ".join(f"{mean(part):.0f}" if part else "?" for part in parts)
