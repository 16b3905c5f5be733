"""Watches what each process of a local stack holds in memory while it works."""

import threading
import time
from collections import defaultdict
from statistics import mean

from benchmarks.children import memory_mb

EVERY_S = 2.0
# A process that was seen less often in the half that is judged says nothing.
SAMPLES = 8


class MemoryWatch:
    """Notes the memory of a process and of its children every two seconds while the block runs."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._samples: list[tuple[float, dict[int, float]]] = []
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
            self._samples.append((time.monotonic(), memory_mb(self._parent)))

    @property
    def most_mb(self) -> float:
        """The most that all processes together held."""
        return max((sum(held.values()) for _, held in self._samples), default=0.0)

    def growth_mb(self) -> float:
        """Return by how much the process that grew most did over the last half of the time.

        From the mean of the half's first part to that of its last, for each process that lived through much of it.
        """
        return growth_mb([held for _, held in self._samples[len(self._samples) // 2 :]])


def growth_mb(samples: list[dict[int, float]]) -> float:
    """Return the largest growth of one process from the first half of its samples to the last; 0 where nothing grew."""
    by_process = defaultdict[int, list[float]](list)
    for held in samples:
        for pid, mb in held.items():
            by_process[pid].append(mb)
    long_lived = (values for values in by_process.values() if len(values) >= SAMPLES)
    return max((mean(v[len(v) // 2 :]) - mean(v[: len(v) // 2]) for v in long_lived), default=0.0)
