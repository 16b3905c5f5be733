"""The contract of every source: it finds what is there now, and brings what it found onto this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class SourceError(Exception):
    """A source that cannot be resolved. The message names the problem and the remedy; the caller names the entry."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The content of a source: its revision, the licence it names, and the SHA-256 of each needed file.

    `created` is when the source was locked, in seconds since 1970; None where it is not.
    """

    revision: str
    license: str | None
    files: dict[str, str]
    created: int | None = None


class Source(Protocol):
    """A place that a checkpoint comes from. One that is `local` costs nothing to look at again."""

    @property
    def local(self) -> bool: ...

    def find(self) -> Found:
        """Find what is there now. Raises SourceError."""

    def fetch(self, found: Found) -> Path:
        """Return a folder on this machine that holds `found.files`, not yet verified. Raises SourceError."""
