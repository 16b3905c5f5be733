"""What sandboxes print: into one file per function, and its end kept for whoever asks with LogType=Tail."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
TAIL_BYTES = 4096
# A request writes some 1.7 KB.
LOG_BYTES = 10_000_000


class FunctionLog:
    """The log file of one function, begun anew. Without a path nothing is kept.

    A file of more than `most_bytes` becomes `<name>.log.1` in the place of the one before it. Two stacks in one
    repository write into the same files, each at their end.
    """

    def __init__(self, path: Path | None, most_bytes: int = LOG_BYTES) -> None:
        self._file: BinaryIO | None = None
        self._path = path
        self._most_bytes = most_bytes
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
            self._file = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        """Add to the file. A disk that is full costs the lines, and nobody's answer."""
        if self._file is None or self._path is None:
            return
        with contextlib.suppress(OSError):
            self._file.write(data)
            if self._file.tell() > self._most_bytes:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                full, self._file = self._file, self._path.open("ab", buffering=0)
                full.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class SandboxLog:
    """One sandbox's share of its function's log."""

    def __init__(self, log: FunctionLog) -> None:
        self._log = log
        self._tail = b""

    def write(self, data: bytes) -> None:
        self._log.write(data)
        self._tail = (self._tail + data)[-TAIL_BYTES:]

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\n")

    def take_tail(self) -> bytes:
        """The last 4 KB since the last call."""
        tail, self._tail = self._tail, b""
        return tail


class OutputPipe:
    """A pipe whose writing end is a process's stdout and stderr. `with` it around starting the process.

    Reading is done without waiting, so that `drain` gets all that a process printed before it answered.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._read_fd, self.write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._read_fd, self.drain)
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Give up the writing end: the process has its own copy, and the pipe ends with the process."""
        os.close(self.write_fd)

    def drain(self) -> None:
        """Pass on what is in the pipe."""
        with contextlib.suppress(BlockingIOError):
            while self._open:
                data = os.read(self._read_fd, 65536)
                if not data:
                    self.close()
                    return
                self._write(data)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._read_fd)
            os.close(self._read_fd)
