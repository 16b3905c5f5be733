"""Compares the files of an artifact with the digests that its manifest lists. Standard library only."""

import hashlib
from collections.abc import Mapping
from pathlib import Path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differing(directory: Path, expected: Mapping[str, str], *, read_bytes: int | None = None) -> list[str]:
    """Return the names whose file is missing below `directory` or has another digest.

    A file of more than `read_bytes` bytes, if a number is given, has only to be there: reading it takes too long.
    """

    def is_same(path: Path, digest: str) -> bool:
        if not path.is_file():
            return False
        return (read_bytes is not None and path.stat().st_size > read_bytes) or sha256(path) == digest

    return [name for name, digest in sorted(expected.items()) if not is_same(directory / name, digest)]
