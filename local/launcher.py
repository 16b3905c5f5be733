"""How the process of a sandbox is started: as a child of this one, or by whatever else implements `Launcher`."""

import asyncio
import contextlib
import importlib.util
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

CHILD = Path(__file__).with_name("child.py")
RUNTIME_CLIENT = Path(__file__).with_name("runtime_client.py")
# Some kernels' peak is not kept; what is resident now has to do there.
PEAK_MEMORY = re.compile(rb"^Vm(?:HWM|RSS):\s+(\d+)", re.MULTILINE)
# What an interpreter may need to start at all. Nothing else of this process's environment reaches a function.
INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")


class Process(Protocol):
    """The running process of one sandbox."""

    async def wait(self) -> int:
        """Its exit status; the negated number of the signal that ended it."""

    def kill(self) -> None:
        """End it and its children at once."""

    def peak_memory_mb(self) -> int | None:
        """The most memory it had resident, or None where nobody knows."""


class Launcher(Protocol):
    """Starts sandboxes' processes."""

    @property
    def host(self) -> str:
        """The address of this machine at which its processes reach their Runtime API."""

    async def launch(self, handler: str, environ: Mapping[str, str], output: int) -> Process:
        """Start a runtime for `handler` (`package.module.function`).

        `environ` is what Lambda and the function set; `output` a file descriptor for all that the process prints.
        Raises OSError.
        """


class LocalLauncher:
    """Starts `python -m awslambdaric <handler>` in a folder of this machine, with a clean environment.

    Where awslambdaric is not installed (it exists for Linux only), this package's own client takes its place.
    """

    host = "127.0.0.1"

    def __init__(self, directory: Path, *, client: Path | None = None) -> None:
        """`directory` is the task root; `client` a runtime client's file to use in place of awslambdaric."""
        self._directory = directory.resolve()
        if client is None and importlib.util.find_spec("awslambdaric") is None:
            client = RUNTIME_CLIENT
        self._runtime = ["-m", "awslambdaric"] if client is None else [str(client)]

    async def launch(self, handler: str, environ: Mapping[str, str], output: int) -> "LocalProcess":
        inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
        process = await asyncio.create_subprocess_exec(
            *_tied(sys.executable, *self._runtime, handler),
            cwd=self._directory,
            env={
                **inherited,
                "LAMBDA_TASK_ROOT": str(self._directory),
                "PYTHONPATH": str(self._directory),
                **environ,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        return LocalProcess(process)


class LocalProcess:
    """A child process that leads a process group of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def wait(self) -> int:
        return await self._process.wait()

    def kill(self) -> None:
        if self._process.returncode is None:
            # It may have ended by itself a moment ago; macOS says so with a PermissionError.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def peak_memory_mb(self) -> int | None:
        # Read after every event, hence raw: it would be a tenth of what an event costs.
        try:
            with open(f"/proc/{self._process.pid}/status", "rb", buffering=0) as status:
                peak = PEAK_MEMORY.search(status.read())
        except OSError:
            return None
        return int(peak[1]) // 1024 if peak else None


def _tied(*command: str) -> list[str]:
    """The command of a process that ends with this one. Off Linux the fallback client sees to that itself."""
    if sys.platform != "linux":
        return [*command]
    # Isolated and without site, the interpreter takes a few milliseconds to get to its exec.
    return [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), *command]
