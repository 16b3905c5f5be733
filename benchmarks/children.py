"""The child processes of a local stack. Standard library only: environments that hold nothing of the project use it."""

import subprocess


def sandboxes(parent: int, handler: str) -> list[int]:
    """Return the process ids of the sandboxes that run `handler`."""
    rows = (row.split(None, 2) for row in _listed("pid=,ppid=,args="))
    return [int(pid) for pid, ppid, args in rows if int(ppid) == parent and handler in args]


def memory_mb(parent: int) -> dict[int, float]:
    """Return what each of a stack's processes holds in memory, by process id."""
    rows = (map(int, row.split()) for row in _listed("pid=,ppid=,rss="))
    return {pid: kilobytes / 1024 for pid, ppid, kilobytes in rows if parent in (pid, ppid)}


def _listed(columns: str) -> list[str]:
    command = ["ps", "-axww", "-o", columns]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
