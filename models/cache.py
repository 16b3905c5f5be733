"""Keeps finished artifacts, each under the key of all that it was made from (see `models.key`)."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from models.digest import differing
from shared.folders import alone
from shared.manifest import FILE_NAME as MANIFEST
from shared.manifest import Manifest

SCRATCH = "building-"
# Far longer than any build, whose folder changes at every step.
ABANDONED_S = 24 * 3600


class Cache:
    """A folder of finished artifacts, each under its key."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __contains__(self, key: str) -> bool:
        """Say whether a whole artifact is kept under `key`: one that was damaged since is built again."""
        return intact(self.directory / key)

    @contextmanager
    def filling(self, key: str) -> Iterator[tuple[Path, Path]]:
        """Yield a scratch folder, and one in it that becomes the artifact under `key` when the block ends well."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._forget_killed_builds()
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=self.directory) as scratch:
            artifact = Path(scratch) / "artifact"
            artifact.mkdir()
            yield Path(scratch), artifact
            _make_readable(artifact)
            with alone(self.directory):
                if key not in self:  # another run may have been faster
                    shutil.rmtree(self.directory / key, ignore_errors=True)
                    artifact.rename(self.directory / key)

    def _forget_killed_builds(self) -> None:
        """Remove the scratch folders of builds that were killed: gigabytes each, and nothing else removes them."""
        for path in self.directory.glob(f"{SCRATCH}*"):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)

    def install(self, key: str, directory: Path, *, model_id: str, license: str, created: int | None = None) -> bool:
        """Put the artifact under `key` into `directory`, as the entry `model_id`'s; return False if it lies there.

        The files are shared with the cache. Two entries of one source share an artifact, each under its own licence.
        `created` is the time at which the entry's source was locked.
        """
        kept = self.directory / key
        with alone(self.directory):
            manifest = Manifest.read(kept)
            created = manifest.created if created is None else created
            manifest = replace(manifest, id=model_id, license=license, created=created)
            if intact(directory) and Manifest.read(directory) == manifest:
                return False
            self._place(kept, directory, manifest)
            return True

    def _place(self, kept: Path, directory: Path, manifest: Manifest) -> None:
        """Put a copy of the folder `kept`, under its own manifest, in the place of `directory`."""
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".installing-", dir=directory.parent) as scratch:
            fresh = Path(scratch) / directory.name
            shutil.copytree(kept, fresh, copy_function=_link, ignore=shutil.ignore_patterns(MANIFEST))
            manifest.write(fresh)
            _make_readable(fresh)
            if directory.exists():
                directory.rename(Path(scratch) / "old")
            fresh.rename(directory)


def intact(directory: Path) -> bool:
    """Say whether the artifact in `directory` has every file that its manifest lists, unchanged."""
    try:
        manifest = Manifest.read(directory)
    except (FileNotFoundError, TypeError, ValueError):
        return False
    return not differing(directory, manifest.files)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _make_readable(directory: Path) -> None:
    """Lambda runs images as a user of its own: everything must be readable by all."""
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
