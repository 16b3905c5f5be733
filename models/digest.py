"""SHA-256 of files, and of sets of files: what a lock, a cache key and a manifest are made of."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each named file below `directory`, sorted by name."""
    return {name: sha256(directory / name) for name in sorted(names)}


def combined(parts: Mapping[str, str]) -> str:
    """Return one SHA-256 of names and their digests (or other facts), whatever their order."""
    lines = "".join(f"{name}\0{value}\n" for name, value in sorted(parts.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def differing(directory: Path, expected: Mapping[str, str]) -> list[str]:
    """Return the names whose file is missing below `directory` or has another digest."""
    return [
        name
        for name, digest in sorted(expected.items())
        if not (directory / name).is_file() or sha256(directory / name) != digest
    ]
