"""Makes faults in a running local stack, one after the other. Linux only.

It kills and stops its processes, takes their memory and disk, hangs up on it, and has its models fail.
"""

import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import faulty_stack
from benchmarks.children import sandboxes
from benchmarks.stack import HOST

MODEL, ROUTER = "services.handler", "router.handler"
STOPPED_S = 3.0
# Lambda, and so the local stack, ends an init that takes longer than ten seconds.
SLOW_START_S = 11.0
NEW_PROCESS_S = 2.0
BODY = b'{"question": "Who?", "context": "Ada wrote it."}'


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, and when it was made, by the monotonic clock."""

    kind: str
    began_s: float
    ended_s: float


class Attacker:
    """Makes one fault after another while the block runs, with a pause between them; `made` are those so far.

    `stack` is the process of a `benchmarks.faulty_stack` on that port, its standard input a pipe.
    """

    def __init__(self, port: int, stack: "subprocess.Popen[bytes]", seed: int = 1) -> None:
        self.made: list[Fault] = []
        self.pause_s = (0.2, 1.2)
        self._port, self._stack = port, stack
        self._chosen = random.Random(seed)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._faults = {
            "kill_model": self._kill_model,
            "kill_router": self._kill_router,
            "stop_model": self._stop_model,
            "start_slowly": self._start_slowly,
            "take_memory": self._take_memory,
            "fill_disk": self._fill_disk,
            "hang_up": self._hang_up,
            "leave": self._leave,
            **{kind: self._name for kind in faulty_stack.KINDS},
        }

    @property
    def missing(self) -> set[str]:
        """The kinds of faults that were not made yet."""
        return self._faults.keys() - {fault.kind for fault in self.made}

    def __enter__(self) -> "Attacker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._name(faulty_stack.NONE)

    def _run(self) -> None:
        kinds = list(self._faults)
        turns = iter(kinds)
        while not self._end.wait(self._chosen.uniform(*self.pause_s)):
            # Each kind in turn first, so that a short run has all of them.
            kind = next(turns, None) or self._chosen.choice(kinds)
            began_s = time.monotonic()
            self._faults[kind](kind)
            self.made.append(Fault(kind=kind, began_s=began_s, ended_s=time.monotonic()))

    def _running(self, handler: str) -> list[int]:
        return sandboxes(self._stack.pid, handler)

    def _any(self, handler: str) -> int | None:
        """Return the process id of one of a handler's sandboxes; None where there is none."""
        running = self._running(handler)
        return self._chosen.choice(running) if running else None

    def _kill_model(self, _: str) -> None:
        _signal(self._any(MODEL), signal.SIGKILL)

    def _kill_router(self, _: str) -> None:
        _signal(self._any(ROUTER), signal.SIGKILL)

    def _stop_model(self, _: str) -> None:
        self._stop(self._any(MODEL), STOPPED_S)

    def _start_slowly(self, _: str) -> None:
        """Kill a model, and stop the process that takes its place for as long as an init may take, and longer."""
        known = self._running(MODEL)
        _signal(self._any(MODEL), signal.SIGKILL)
        until_s = time.monotonic() + NEW_PROCESS_S
        new = set[int]()
        while not new and time.monotonic() < until_s:
            new = set(self._running(MODEL)).difference(known)
        if new:
            self._stop(new.pop(), SLOW_START_S)

    def _stop(self, pid: int | None, seconds: float) -> None:
        _signal(pid, signal.SIGSTOP)
        self._end.wait(seconds)
        _signal(pid, signal.SIGCONT)

    def _take_memory(self, _: str) -> None:
        """Let a model have no more memory than it has, for some seconds."""
        pid = self._any(MODEL)
        if pid is not None:
            self._limit([pid], resource.RLIMIT_DATA, _data_bytes(pid))

    def _fill_disk(self, _: str) -> None:
        """Let no process of the stack, nor a new one, write to any file for some seconds: as if all disks were full."""
        self._limit([self._stack.pid, *self._running(MODEL), *self._running(ROUTER)], resource.RLIMIT_FSIZE, 0)

    def _limit(self, pids: Iterable[int], what: int, most: int) -> None:
        before = {pid: limits for pid in pids if (limits := _set_limit(pid, what, most))}
        self._end.wait(STOPPED_S)
        # A sandbox that was started meanwhile has its parent's limit.
        soft = next(iter(before.values()), (resource.RLIM_INFINITY, 0))[0]
        for pid in {*before, *self._running(MODEL), *self._running(ROUTER)}:
            _set_limit(pid, what, soft)

    def _hang_up(self, _: str) -> None:
        """Leave in the middle of a body."""
        self._begin(b"{", length=999)

    def _leave(self, _: str) -> None:
        """Leave before the answer."""
        self._begin(BODY, length=len(BODY))

    def _begin(self, body: bytes, length: int) -> None:
        """Send a request whose head promises `length` bytes, and go."""
        head = f"POST /v1/qa HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        with socket.create_connection((HOST, self._port), 5) as client:
            client.sendall(head.encode() + body)

    def _name(self, kind: str) -> None:
        """Have the next invocation of a model fail in that way."""
        assert self._stack.stdin is not None
        self._stack.stdin.write(f"{kind}\n".encode())
        self._stack.stdin.flush()


def _signal(pid: int | None, number: signal.Signals) -> None:
    # It may have ended by itself.
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _data_bytes(pid: int) -> int:
    """Return what a process holds of private memory; no limit where it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return resource.RLIM_INFINITY


def _set_limit(pid: int, what: int, soft: int) -> tuple[int, int] | None:
    """Set a process's soft limit; return its limits before, None where it has ended."""
    try:
        _, hard = resource.prlimit(pid, what)
        return resource.prlimit(pid, what, (soft, hard))
    except ProcessLookupError:
        return None
