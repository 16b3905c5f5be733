"""Makes faults in a running local stack, one after the other: kills and stops its processes, and hangs up on it."""

import contextlib
import os
import random
import signal
import socket
import threading
from collections import Counter

from benchmarks.children import sandboxes
from benchmarks.stack import HOST

MODEL, ROUTER = "services.handler", "router.handler"
PAUSE_S = (0.2, 1.2)
STOPPED_S = 3.0
BODY = b'{"question": "Who?", "context": "Ada wrote it."}'


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
        """Send a signal to one of a handler's sandboxes; return its process id, None where there is none."""
        running = sandboxes(self._parent, handler)
        pid = self._chosen.choice(running) if running else None
        self._send(pid, number)
        return pid

    def _send(self, pid: int | None, number: signal.Signals) -> None:
        # It may have ended by itself.
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _kill_model(self) -> None:
        self._signal(MODEL, signal.SIGKILL)

    def _kill_router(self) -> None:
        self._signal(ROUTER, signal.SIGKILL)

    def _stop_model(self) -> None:
        pid = self._signal(MODEL, signal.SIGSTOP)
        self._end.wait(STOPPED_S)
        self._send(pid, signal.SIGCONT)

    def _hang_up(self) -> None:
        """Leave in the middle of a body."""
        self._begin(b"{", length=999)

    def _leave(self) -> None:
        """Leave before the answer."""
        self._begin(BODY, length=len(BODY))

    def _begin(self, body: bytes, length: int) -> None:
        """Send a request whose head promises `length` bytes, and go."""
        head = f"POST /v1/qa HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        with socket.create_connection((HOST, self._port), 5) as client:
            client.sendall(head.encode() + body)
