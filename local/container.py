"""Starts the process of a sandbox in a container, under Lambda's limits."""

import asyncio
import contextlib
import os
import subprocess
import uuid
from collections.abc import Mapping

from local.engine import Engine, Network
from shared.entrypoint import MB_PER_VCPU

# https://docs.aws.amazon.com/lambda/latest/dg/images-create.md: a read-only root and a user without rights; and /tmp,
# no /dev/shm, and the numbers of files and threads that Lambda allows.
LIMITS = (
    "--read-only",
    "--tmpfs",
    "/tmp:rw,exec,size=512m,mode=1777",
    "--ipc",
    "none",
    "--user",
    "993:990",
    "--cap-drop",
    "all",
    "--security-opt",
    "no-new-privileges",
    "--ulimit",
    "nofile=1024:1024",
    "--ulimit",
    "nproc=1024:1024",
)
MEMORY = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


class ContainerLauncher:
    """Starts sandboxes from one image."""

    def __init__(self, engine: Engine, network: Network, image: str) -> None:
        self._engine = engine
        self._network = network
        self._image = image
        self.host = network.host

    async def launch(self, handler: str, environ: Mapping[str, str], output: int) -> "ContainerProcess":
        """Start the image's entry point with `handler`. Memory and CPU are the environment's, as on Lambda."""
        name = f"sandbox-{uuid.uuid4().hex[:12]}"
        process = await asyncio.create_subprocess_exec(
            *self.command(name, environ),
            self._image,
            handler,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        return ContainerProcess(process, (*self._engine.kill, name))

    def command(self, name: str, environ: Mapping[str, str], *more: str) -> list[str]:
        """The run command up to the image."""
        memory_mb = int(environ[MEMORY])
        cpus = min(memory_mb / MB_PER_VCPU, os.cpu_count() or 1)
        size = ("--memory", f"{memory_mb}m", "--memory-swap", f"{memory_mb}m", "--cpus", f"{cpus:.2f}")
        variables = [part for key, value in environ.items() for part in ("--env", f"{key}={value}")]
        return [*self._engine.run, "--rm", "--name", name, *self._network.options, *LIMITS, *size, *variables, *more]


class ContainerProcess:
    """The engine's client, which lives as long as its container."""

    def __init__(self, process: asyncio.subprocess.Process, kill: tuple[str, ...]) -> None:
        self._process = process
        self._kill = kill

    async def wait(self) -> int:
        return await self._process.wait()

    def kill(self) -> None:
        if self._process.returncode is None:
            subprocess.run(self._kill, capture_output=True)
            # A container that was never there leaves its client.
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def peak_memory_mb(self) -> int | None:
        return None
