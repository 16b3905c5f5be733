"""Runs beside each other: one at a time looks at folders that all of them share, and replaces them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other run is in a block of `alone` for `folder`, and keep others out until this block ends.

    On Windows, which has no `flock`, nobody waits.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
