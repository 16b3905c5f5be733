"""The unfinished output: `OUT.part` holds whole rows, `OUT.part.json` says how many and of what.

The file grows first, and then the state says so: after a kill, whatever lies past the state's bytes is cut off.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from model_router.embedding.formats import Format, Vectors
from model_router.embedding.rows import Row
from model_router.problem import Problem

# After a kill at most the work of this time is done again.
CHECKPOINT_S = 1.0


@dataclass(frozen=True, kw_only=True)
class State:
    """How far the output is. `digest` is of the rows read so far, so that another input is noticed."""

    settings: Mapping[str, Any]
    rows: int = 0
    bytes: int = 0
    digest: str = ""
    tokens: int = 0
    truncated: int = 0
    is_complete: bool = False


class Part:
    """The unfinished output of one run after the other. `with` it; raises Problem and OSError."""

    def __init__(self, target: Path, format_: Format, settings: Mapping[str, Any]) -> None:
        self.target = target
        self._format = format_
        self._path = target.with_name(f"{target.name}.part")
        self._state_path = target.with_name(f"{target.name}.part.json")
        self._digest = hashlib.sha256()
        self._saved_s = time.monotonic()
        self.state = self._read(settings)
        self.resumed_rows = self.state.rows
        self._file = self._path.open("r+b" if self._path.exists() else "x+b")
        try:
            self._take_over()
        except BaseException:
            self._file.close()
            raise

    @classmethod
    def open(
        cls, target: Path, format_: Format, settings: Mapping[str, Any], *, overwrite: bool, restart: bool
    ) -> Self:
        """Begin the output, or go on with what an interrupted run of the same settings left."""
        state_path, path = (target.with_name(f"{target.name}.{end}") for end in ("part.json", "part"))
        if restart:
            path.unlink(missing_ok=True)
        if not path.exists():
            # A run may have been killed after its last step but one.
            state_path.unlink(missing_ok=True)
        if target.exists() and not state_path.exists() and not overwrite:
            raise Problem(f"{target} exists already: name another file, or replace it with --overwrite.")
        return cls(target, format_, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read(self, settings: Mapping[str, Any]) -> State:
        if not (self._state_path.exists() and self._path.exists()):
            return State(settings=settings)
        try:
            state = State(**json.loads(self._state_path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            raise Problem(f"{self._state_path} cannot be read: start again with --restart.") from None
        for name, value in settings.items():
            before = state.settings.get(name)
            if before != value:
                raise Problem(
                    f"{self._path} was begun with {name} {before!r}, not {value!r}: go on as before, or start again "
                    "with --restart."
                )
        return state

    def _take_over(self) -> None:
        """Keep others off the file, and put its end where the state says that it is."""
        _lock(self._file.fileno(), self._path)
        if self.resumed_rows == 0:
            header = self._format.header()
            self._file.truncate(0)
            self._file.write(header)
            self.state = replace(self.state, bytes=len(header))
            self.save()
        if self._file.seek(0, os.SEEK_END) < self.state.bytes:
            raise Problem(f"{self._path} lost some of its rows: start again with --restart.")
        self._file.truncate(self.state.bytes)
        self._file.seek(self.state.bytes)

    def skip(self, rows: Sequence[Row]) -> None:
        """Count rows that an earlier run has written."""
        self._note(rows)

    def check(self, name: str, skipped: int) -> None:
        """Raises Problem unless the skipped rows are those that an earlier run has written."""
        if skipped < self.resumed_rows or (skipped and self._digest.hexdigest() != self.state.digest):
            raise Problem(
                f"{name} is not what {self._path} was begun with: its first {self.resumed_rows} rows differ; bring it "
                "back, or start again with --restart."
            )

    def append(self, rows: Sequence[Row], vectors: Vectors, *, tokens: int, truncated: int) -> None:
        """Write the next rows."""
        data = self._format.encode(self.state.rows, rows, vectors)
        self._file.write(data)
        before = self.state
        self._note(rows)
        # One assignment, so that Ctrl-C finds the old state or the new one.
        self.state = replace(
            before,
            digest=self._digest.hexdigest(),
            rows=before.rows + len(rows),
            bytes=before.bytes + len(data),
            tokens=before.tokens + tokens,
            truncated=before.truncated + truncated,
        )
        if time.monotonic() - self._saved_s >= CHECKPOINT_S:
            self.save()

    def _note(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._digest.update(json.dumps([row.text, *row.kept], default=str).encode() + b"\n")

    def save(self) -> None:
        """Bring all rows to the disk, then the state."""
        self._file.flush()
        os.fsync(self._file.fileno())
        written = self._state_path.with_suffix(".new")
        with written.open("w", encoding="utf-8") as file:
            json.dump(asdict(self.state), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(written, self._state_path)
        self._saved_s = time.monotonic()

    def finish(self) -> None:
        """Make the output of the part, and forget the part."""
        self.state = replace(self.state, is_complete=True)
        self.save()
        self._file.close()
        self._format.finish(self._path, self.target, self.state.rows)
        self._state_path.unlink()


def _lock(descriptor: int, path: Path) -> None:
    """Keep other runs off the file while this one lives."""
    try:
        import fcntl
    except ImportError:  # Windows has none, and refuses to replace an open file anyway
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Problem(f"Another run is writing {path}: wait for it, or stop it.") from None
