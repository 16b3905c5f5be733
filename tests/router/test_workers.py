"""Threads that are kept."""

import threading
import time
from queue import SimpleQueue

from router.workers import Workers


def test_work_that_follows_work_gets_the_same_thread() -> None:
    workers = Workers()
    found: SimpleQueue[int] = SimpleQueue()
    threads = set()
    for _ in range(20):
        workers.do(lambda: found.put(threading.get_ident()))
        threads.add(found.get(timeout=10))
        time.sleep(0.002)  # an answer is there a moment before its thread is free again
    assert len(threads) < 5


def test_work_never_waits_for_other_work() -> None:
    workers = Workers()
    together = threading.Barrier(6)

    def wait() -> None:
        together.wait(10)

    for _ in range(2):
        for _ in range(5):
            workers.do(wait)
        wait()
