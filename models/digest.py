"""SHA-256 of files, and of sets of files: what a lock, a cache key and a manifest are made of."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from shared.artifact import differing, sha256

__all__ = ["combined", "differing", "digests", "sha256"]


def digests(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each named file below `directory`, sorted by name."""
    return {name: sha256(directory / name) for name in sorted(names)}


def combined(parts: Mapping[str, str]) -> str:
    """Return one SHA-256 of names and their digests (or other facts), whatever their order."""
    lines = "".join(f"{name}\0{value}\n" for name, value in sorted(parts.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
