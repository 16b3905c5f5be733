"""Folders of files under names that say what is in them, so that runs beside each other cannot disturb one another.

A folder is filled under a name of its own and then renamed. One that is there already and right is left alone.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from shared.artifact import sha256

# Far longer than any run. What is older is left over from versions that nobody builds any more.
FORGOTTEN_S = 14 * 24 * 3600
SCRATCH = ".making-"


def scratch(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder of this run alone, on the same file system as `folder`; removed in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder, ignore_cleanup_errors=True)


def copy(sources: Mapping[str, Path], folder: Path) -> None:
    """Copy files below `folder`, with the same permissions whatever the umask: the image builder hashes those, too."""
    for name, source in sources.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)


def link(sources: Mapping[str, Path], folder: Path) -> None:
    """The same for large files, without copying them where the file system can help it."""
    for name, source in sources.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)


def holds(folder: Path, sources: Mapping[str, Path]) -> bool:
    """Whether `folder` has exactly these files, with the bytes of their sources."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return found == set(sources) and all(_same(folder / name, source) for name, source in sources.items())


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) or (one.stat().st_size == other.stat().st_size and sha256(one) == sha256(other))


def put(made: Path, target: Path) -> None:
    """Rename the finished folder `made` to `target`. Where another run was faster, its folder stays."""
    for path in (made, *made.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    try:
        made.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def forget(folder: Path) -> None:
    """Remove what no run has used for a long time. See `touch`."""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another run's scratch folder may go in this moment
            if time.time() - path.stat().st_mtime > FORGOTTEN_S:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def touch(path: Path) -> None:
    """Note that a run uses `path` now."""
    os.utime(path)
