"""Runs in a sandbox in a handler's place: says what it can do there, and what is there, as JSON."""

import json
import os
import resource
import socket
import sys
from importlib import import_module
from importlib.util import cache_from_source, find_spec
from pathlib import Path

UNCHECKED_HASH = 1


def writable(folder: str) -> bool:
    try:
        Path(folder, "written").write_text("")
    except OSError:
        return False
    return True


def reaches(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def default_routes() -> list[str]:
    """The interfaces by which anything but the neighbours can be reached."""
    rows = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
    return [interface for interface, destination, *_ in rows if destination == "00000000"]


def without_bytecode(root: Path) -> list[str]:
    """The modules that would be compiled at every start."""
    missing = []
    for path in root.rglob("*.py"):
        cached = Path(cache_from_source(str(path)))
        if not cached.exists() or cached.read_bytes()[4] != UNCHECKED_HASH:
            missing.append(str(path))
    return missing


def cgroup(name: str) -> str:
    """A limit of this container, in either layout of cgroups."""
    for folder in ("", "memory", "cpu", "cpu,cpuacct"):
        path = Path("/sys/fs/cgroup", folder, name)
        if path.exists():
            return path.read_text().strip()
    return ""


root = Path(os.environ["LAMBDA_TASK_ROOT"])
host, port = sys.argv[1], int(sys.argv[2])
files = [path for path in root.rglob("*") if path.is_file()]
print(
    json.dumps(
        {
            "uid": os.getuid(),
            "writable": [f for f in ("/", "/var/task", "/home", "/run", "/var/tmp", "/dev", "/tmp") if writable(f)],
            "shm": Path("/dev/shm").exists(),
            "reaches_runtime_api": reaches(host, port),
            "routes_out": default_routes(),
            "reaches_others": reaches("192.0.2.1", 80),  # an address for documentation, RFC 5737
            "files_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
            "memory_limit": cgroup("memory.max") or cgroup("memory.limit_in_bytes"),
            "cpu_limit": cgroup("cpu.max") or cgroup("cpu.cfs_quota_us"),
            "unreadable": [str(f) for f in files if not f.stat().st_mode & 0o004],
            "without_bytecode": without_bytecode(root),
            "files": sorted(f.relative_to(root).as_posix() for f in files if f.suffix != ".pyc"),
            "tokenizers": [n for n in ("sentencepiece", "tokenizers") if find_spec(n) and import_module(n)],
            "compilers": [c for c in ("gcc", "cc", "g++", "make") if Path("/usr/bin", c).exists()],
            "environ": dict(os.environ),
        }
    )
)
