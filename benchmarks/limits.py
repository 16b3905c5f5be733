"""Limits on a measured process, as a container has them: a share of the processors, and memory.

Uses control groups, version 2 or 1, where this user may make them; else pins the process to whole cores, and cannot
limit memory. `Limit.kind` says which it was.
"""

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PERIOD_US = 100_000
PROCESSES = "cgroup.procs"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What one process may use. `groups` are the control groups to put it in; none where there are none to be had."""

    cpus: float
    memory_mb: int | None = None
    groups: tuple[Path, ...] = ()

    @property
    def kind(self) -> str:
        """How it is limited, in words."""
        return "control group" if self.groups else "pinned"

    def around(self, command: Sequence[str]) -> list[str]:
        """The command that joins the groups, and then does what `gated` says.

        Joining can take as long as the interpreter does, and is no part of what is measured. A shell does it: a hook
        between fork and exec would copy the page tables of a caller that has PyTorch loaded, some 40 ms.
        """
        if self.groups:
            return gated(command, [f"echo $$ > {shlex.quote(str(group / PROCESSES))}" for group in self.groups])
        cores = sorted(os.sched_getaffinity(0))[: max(1, round(self.cpus))]
        return ["taskset", "--cpu-list", ",".join(map(str, cores)), *gated(command)]

    def holds(self, pid: int) -> bool:
        """Whether a process has joined the groups."""
        return all(str(pid) in (group / PROCESSES).read_text(encoding="ascii").split() for group in self.groups)


def gated(command: Sequence[str], before: Sequence[str] = ()) -> list[str]:
    """A shell that runs what comes `before`, and becomes `command` as soon as it is given a line, then in $SPAWNED."""
    return ["sh", "-c", " && ".join([*before, 'read -r SPAWNED && export SPAWNED && exec "$@"']), "sh", *command]


@contextmanager
def limit(cpus: float, memory_mb: int | None = None, groups: Path = GROUPS) -> Iterator[Limit]:
    """A limit that holds inside the block. Raises PermissionError for a memory limit where it cannot be set."""
    made: list[Path] = []
    try:
        try:
            _make(made, groups, cpus, memory_mb)
        except OSError as problem:
            if memory_mb is not None:
                raise PermissionError("memory can only be limited where control groups can be made") from problem
            _remove(made)
        yield Limit(cpus=cpus, memory_mb=memory_mb, groups=tuple(made))
    finally:
        _remove(made)


def _make(made: list[Path], groups: Path, cpus: float, memory_mb: int | None) -> None:
    """Create the groups and write their limits; `made` holds those that exist even when this fails."""
    for folder, values in _values(groups, cpus, memory_mb).items():
        folder.mkdir()
        made.append(folder)
        for name, value in values.items():
            (folder / name).write_text(value, encoding="ascii")


def _values(groups: Path, cpus: float, memory_mb: int | None) -> dict[Path, dict[str, str]]:
    """The control files to write, by group: one group in version 2, one for each controller in version 1."""
    name = f"model-router-bench-{os.getpid()}"
    quota, size = str(round(cpus * PERIOD_US)), str((memory_mb or 0) * 2**20)
    if (groups / "cgroup.controllers").exists():
        values = {"cpu.max": f"{quota} {PERIOD_US}"}
        return {groups / name: values | ({"memory.max": size, "memory.swap.max": "0"} if memory_mb else {})}
    cpu = {groups / "cpu" / name: {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": quota}}
    memory = {groups / "memory" / name: {"memory.limit_in_bytes": size}} if memory_mb else {}
    return cpu | memory


def _remove(made: list[Path]) -> None:
    while made:
        with suppress(OSError):  # a process that is being killed may still be in it: the kernel lets go of it later
            made.pop().rmdir()
