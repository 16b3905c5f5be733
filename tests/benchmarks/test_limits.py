"""Limits on measured processes, with a folder in the place of the kernel's control groups."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.limits import Limit, limit


def test_version_two_has_one_group_for_both(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    with limit(1.5, 512, tmp_path) as under:
        (group,) = under.groups
        assert under.kind == "control group"
        assert (group / "cpu.max").read_text() == "150000 100000"
        assert (group / "memory.max").read_text() == str(512 * 2**20)


def test_version_one_has_one_group_for_each_controller(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "memory").mkdir()
    with limit(1, 1024, tmp_path) as under:
        cpu, memory = under.groups
        assert (cpu / "cpu.cfs_quota_us").read_text() == "100000"
        assert (memory / "memory.limit_in_bytes").read_text() == str(1024 * 2**20)


def test_a_process_joins_every_group_before_it_becomes_the_command(tmp_path: Path) -> None:
    groups = tmp_path / "with a space", tmp_path / "other"
    for group in groups:
        group.mkdir()
        (group / "cgroup.procs").touch()
    under = Limit(cpus=1, groups=groups)
    command = under.around([sys.executable, "-c", "import os; print(os.getpid(), os.environ['SPAWNED'], input())"])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        while not under.holds(child.pid):
            assert child.poll() is None
        said, _ = child.communicate("12.5\nmore\n")
    assert said == f"{child.pid} 12.5 more\n"
    assert [(group / "cgroup.procs").read_text() for group in groups] == [f"{child.pid}\n"] * 2


def test_a_pinned_process_has_its_cores_and_no_more() -> None:
    under = Limit(cpus=1)
    command = under.around([sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"])
    assert under.holds(1)
    assert subprocess.run(command, input="0\n", capture_output=True, text=True, check=True).stdout == "1\n"


def test_without_control_groups_a_process_is_pinned(tmp_path: Path) -> None:
    with limit(1, None, tmp_path / "none") as under:
        assert under.kind == "pinned"


def test_memory_cannot_be_limited_without_control_groups(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match="control groups"), limit(1, 512, tmp_path / "none"):
        pass
