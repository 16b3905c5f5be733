"""Threads that are kept for later work: starting one takes longer than handing it something to do."""

import threading
from collections.abc import Callable
from queue import SimpleQueue


class Workers:
    """As many threads as were ever busy at once. They end with the process, whatever they are doing."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    def do(self, work: Callable[[], None]) -> None:
        """Have `work`, which must not raise, done at once, by a new thread if all others are busy."""
        with self._lock:
            is_one_idle = self._idle > 0
            self._idle -= is_one_idle
        if not is_one_idle:
            threading.Thread(target=self._run, daemon=True).start()
        self._work.put(work)

    def _run(self) -> None:
        while True:
            self._work.get()()
            with self._lock:
                self._idle += 1
