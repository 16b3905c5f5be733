"""Container engines: how an image is built, how big it is, and the network in which a sandbox sees this machine alone.

Docker where its daemon answers, else buildah and podman, as root. Knows no model.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.context import PLATFORMS, SOURCE_DATE_EPOCH, BuildContext

# Two addresses of a link of their own: nothing routes between it and any other network.
HOST, SANDBOX = "169.254.87.1", "169.254.87.2"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class EngineError(Exception):
    """The engine is missing, or a command of it failed. The message is a sentence, or the command's last lines."""


@dataclass(frozen=True)
class Network:
    """A network that leads to this machine only: `options` of the run command, and this machine's address in it."""

    options: tuple[str, ...]
    host: str


class Engine(Protocol):
    """What is used of a container engine. `run` and `kill` are the beginnings of those commands."""

    @property
    def run(self) -> tuple[str, ...]: ...
    @property
    def kill(self) -> tuple[str, ...]: ...

    def build(
        self, context: BuildContext, dockerfile: Path, image: str, *, wheels: Path | None = None, fresh: bool = False
    ) -> None:
        """Build `image`; PyTorch comes from the folder `wheels`, if one is given. Raises EngineError.

        A `fresh` build takes no step from an earlier one.
        """

    def layers(self, image: str) -> list[str]:
        """The digests of an image's layers, the base's first."""

    def size(self, image: str) -> int:
        """Bytes of an image's files, uncompressed."""

    def network(self) -> contextlib.AbstractContextManager[Network]:
        """A network for sandboxes, removed at the end."""


def command(*words: str) -> str:
    """Run a command and return what it prints. Raises EngineError with its last lines."""
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "DOCKER_BUILDKIT": "1"})
    if done.returncode:
        end = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise EngineError(f"`{' '.join(words)}` ended with status {done.returncode}:\n{end}")
    return done.stdout


Command = Callable[..., str]


class Docker:
    """Docker with BuildKit."""

    run = ("docker", "run")
    kill = ("docker", "kill")

    def __init__(self, command: Command = command) -> None:
        self._command = command

    def build(
        self, context: BuildContext, dockerfile: Path, image: str, *, wheels: Path | None = None, fresh: bool = False
    ) -> None:
        if wheels is not None:
            raise EngineError("Docker cannot build with a folder of wheels; leave --wheels out.")
        no_attestation = ("--provenance=false", "--sbom=false")
        arguments = _arguments(context, dockerfile, fresh)
        self._command("docker", "build", *no_attestation, *arguments, "--tag", image, str(context.code))

    def layers(self, image: str) -> list[str]:
        return self._command(
            "docker", "image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image
        ).split()

    def size(self, image: str) -> int:
        return int(self._command("docker", "image", "inspect", "--format", "{{.Size}}", image))

    @contextlib.contextmanager
    def network(self) -> Iterator[Network]:
        name = f"model-router-{os.getpid()}"
        self._command("docker", "network", "create", "--internal", name)
        try:
            gateway = "{{(index .IPAM.Config 0).Gateway}}"
            yield Network(
                ("--network", name), self._command("docker", "network", "inspect", "--format", gateway, name).strip()
            )
        finally:
            self._command("docker", "network", "rm", name)


class Podman:
    """buildah to build, podman and runc to run. crun, podman's default, does not know every kernel's cgroup layout."""

    _podman = ("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs")
    # Its own /tmp would be one more place to write to.
    run = (*_podman, "run", "--read-only-tmpfs=false")
    kill = (*_podman, "kill")

    def __init__(self, command: Command = command) -> None:
        self._command = command

    def build(
        self, context: BuildContext, dockerfile: Path, image: str, *, wheels: Path | None = None, fresh: bool = False
    ) -> None:
        mounts = [(CERTIFICATES, CERTIFICATES)] if CERTIFICATES.exists() else []
        source = []
        if wheels is not None:
            mounts.append((wheels.resolve(), Path("/wheels")))
            source = ["--build-arg", "TORCH_SOURCE=--no-index --find-links /wheels"]
        volumes = [part for a, b in mounts for part in ("--volume", f"{a}:{b}:ro")]
        flags = ("--layers", "--isolation", "chroot", "--network", "host", "--timestamp", SOURCE_DATE_EPOCH)
        arguments = (*_arguments(context, dockerfile, fresh), *source, *volumes)
        self._command("buildah", "bud", *flags, *arguments, "--tag", image, str(context.code))

    def layers(self, image: str) -> list[str]:
        return self._command(
            *self._podman, "image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image
        ).split()

    def size(self, image: str) -> int:
        return int(self._command(*self._podman, "image", "inspect", "--format", "{{.Size}}", image))

    @contextlib.contextmanager
    def network(self) -> Iterator[Network]:
        name = f"model-router-{os.getpid()}"
        outside, inside = f"mr{os.getpid()}o", f"mr{os.getpid()}i"
        self._command("ip", "netns", "add", name)
        try:
            self._command("ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name)
            self._command("ip", "address", "add", f"{HOST}/30", "dev", outside)
            self._command("ip", "link", "set", outside, "up")
            self._command("ip", "-netns", name, "address", "add", f"{SANDBOX}/30", "dev", inside)
            for link in ("lo", inside):
                self._command("ip", "-netns", name, "link", "set", link, "up")
            yield Network(("--network", f"ns:/run/netns/{name}"), HOST)
        finally:
            # Takes both ends of the link with it.
            self._command("ip", "netns", "delete", name)


def engine() -> Engine:
    """The engine of this machine. Raises EngineError."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0:
        return Docker()
    missing = [name for name in ("buildah", "podman", "runc", "ip") if shutil.which(name) is None]
    if missing:
        raise EngineError(
            f"No Docker daemon answers, and {', '.join(missing)} is not installed: start Docker, or install buildah, "
            "podman, runc and iproute2."
        )
    if os.geteuid() != 0:
        raise EngineError("podman has to be run as root here: a network namespace and limits on memory need it.")
    return Podman()


def _arguments(context: BuildContext, dockerfile: Path, fresh: bool) -> Sequence[str]:
    arguments = [part for key, value in context.build_args.items() for part in ("--build-arg", f"{key}={value}")]
    cache = ["--no-cache"] if fresh else []
    platform = ["--platform", PLATFORMS[context.architecture]]
    return [*cache, *platform, *arguments, "--build-context", f"model={context.artifact}", "--file", str(dockerfile)]
