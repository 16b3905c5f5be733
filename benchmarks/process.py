"""Starts measured processes (`benchmarks.side`) and asks them. Knows no benchmark."""

import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.limits import Limit, gated
from benchmarks.machine import environment
from benchmarks.results import ROOT

TIMEOUT_S = 300


class Died(Exception):
    """A measured process that ended or fell silent. The message says how."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way of answering: a module as those in `benchmarks.sides`, its options, and the environment it needs.

    `python` is the interpreter, for sides that live in an environment of their own.
    """

    name: str
    module: str
    options: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    python: Path = Path(sys.executable)

    @property
    def threads(self) -> int:
        return int(self.options["threads"])


class Process:
    """A measured process. `start` holds what it said when it had answered its first request."""

    def __init__(
        self, side: Side, request: dict[str, Any], *, limit: Limit | None = None, list_files: bool = False
    ) -> None:
        reader, writer = os.pipe()
        order = {
            "side": side.module,
            "options": side.options,
            "request": request,
            "pipe": writer,
            "list_files": list_files,
        }
        command = [str(side.python), "-m", "benchmarks.side", json.dumps(order)]
        self._child = subprocess.Popen(
            limit.around(command) if limit else gated(command),
            env=environment(side.threads, side.environment),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(writer,),
            text=True,
        )
        os.close(writer)
        self._pipe = os.fdopen(reader)
        try:
            while limit and not limit.holds(self._child.pid) and self._child.poll() is None:
                time.sleep(0.001)
            self._say(str(time.monotonic()))
            self.start = self._hear()
        except BaseException:
            self.close()
            raise

    def ask(self, request: dict[str, Any], calls: int) -> dict[str, Any]:
        """Have it answer `request` so many times; the milliseconds of each. Raises Died."""
        self._say(json.dumps({"request": request, "calls": calls}))
        return self._hear()

    def _say(self, line: str) -> None:
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: `_hear` says how
            print(line, file=self._child.stdin, flush=True)

    def _hear(self) -> dict[str, Any]:
        if not select.select([self._pipe], [], [], TIMEOUT_S)[0]:
            raise Died(f"silent for {TIMEOUT_S} s")
        line = self._pipe.readline()
        if not line:
            raise Died(self._end())
        message: dict[str, Any] = json.loads(line)
        return message

    def _end(self) -> str:
        _, errors = self._child.communicate()
        if self._child.returncode < 0:
            return f"killed by signal {-self._child.returncode}"
        return f"ended with {self._child.returncode}: {errors.strip().splitlines()[-1:]}"

    def close(self) -> None:
        """End it and everything it holds."""
        self._child.kill()
        self._child.communicate()
        self._pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def forget(files: list[str]) -> None:
    """Push files out of the page cache, as far as no other process maps them."""
    for path in files:
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
