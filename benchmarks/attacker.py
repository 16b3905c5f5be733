"""Makes faults in a running local stack, one after the other: kills and stops its processes, and hangs up on it."""

import os
import random
import signal
import socket
import subprocess
import threading
from collections import Counter

from benchmarks.stack import HOST

MODEL, ROUTER = "services.handler", "router.handler"
PAUSE_S = (0.2, 1.2)
STOPPED_S = 3.0


def processes(parent: int, handler: str) -> list[int]:
    """Return the sandboxes' process ids that run a handler."""
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
    return [int(pid) for pid, ppid, args in rows if int(ppid) == parent and handler in args]


class Attacker:
    """Makes one fault after another while the block runs, and counts them in `faults` by kind."""

    def __init__(self, port: int, parent: int, faults: Counter[str], seed: int = 1) -> None:
        self._port, self._parent, self._faults = port, parent, faults
        self._chosen = random.Random(seed)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Attacker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        faults = (self._kill_model, self._kill_model, self._kill_router, self._stop_model, self._hang_up, self._leave)
        number = 0
        while not self._end.wait(self._chosen.uniform(*PAUSE_S)):
            # Each kind in turn first, so that a short run has all of them.
            fault = faults[number] if number < len(faults) else self._chosen.choice(faults)
            number += 1
            self._faults[fault.__name__.strip("_")] += 1
            fault()

    def _signal(self, handler: str, number: signal.Signals) -> int | None:
        running = processes(self._parent, handler)
        if not running:
            return None
        pid = self._chosen.choice(running)
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return None
        return pid

    def _kill_model(self) -> None:
        self._signal(MODEL, signal.SIGKILL)

    def _kill_router(self) -> None:
        self._signal(ROUTER, signal.SIGKILL)

    def _stop_model(self) -> None:
        pid = self._signal(MODEL, signal.SIGSTOP)
        self._end.wait(STOPPED_S)
        if pid is not None:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                return

    def _hang_up(self) -> None:
        """Leave in the middle of a body."""
        with socket.create_connection((HOST, self._port), 5) as client:
            client.sendall(
                b"POST /v1/qa HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"
            )

    def _leave(self) -> None:
        """Leave before the answer."""
        body = b'{"question": "Who?", "context": "Ada wrote it."}'
        head = (
            f"POST /v1/qa HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((HOST, self._port), 5) as client:
            client.sendall(head.encode() + body)
