"""Writes vectors as JSONL, as NumPy's `.npy` or as Parquet, in pieces that can be appended one after the other."""

import json
import os
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from model_router.embedding.rows import Row
from model_router.problem import Problem

# Each vector is the bytes of little-endian float32; None where the text was empty.
Vectors = Sequence[bytes | None]


class Format(Protocol):
    """How vectors are written. `dimensions` is the length of each, `keep` names the fields copied from the input."""

    def header(self) -> bytes:
        """Return what stands before the first row."""

    def encode(self, first: int, rows: Sequence[Row], vectors: Vectors) -> bytes:
        """Return some rows, of which the first has the index `first`."""

    def finish(self, part: Path, target: Path, rows: int) -> None:
        """Make the target of the part, which holds header and all rows. Doing it again does no harm."""


def format_of(path: Path, dimensions: int, keep: Sequence[str]) -> Format:
    """Return the format that a file's name asks for. Raises Problem."""
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return Jsonl(keep=keep)
        case ".parquet":
            return Parquet(keep=keep)
        case ".npy" if keep:
            raise Problem(f"{path} holds numbers only: leave --keep out, or write .jsonl or .parquet.")
        case ".npy":
            return Npy(dimensions=dimensions)
    raise Problem(f"{path} says no format that is written here: end its name with .jsonl, .parquet or .npy.")


@dataclass(frozen=True, kw_only=True)
class Jsonl:
    """One object a line: the kept fields, `index` from 0, and `embedding`, null where the text was empty."""

    keep: Sequence[str] = ()

    def header(self) -> bytes:
        return b""

    def encode(self, first: int, rows: Sequence[Row], vectors: Vectors) -> bytes:
        lines = []
        for index, (row, vector) in enumerate(zip(rows, vectors, strict=True), first):
            kept = dict(zip(self.keep, row.kept, strict=True))
            start = json.dumps({**kept, "index": index}, ensure_ascii=False, default=str)
            lines.append(f'{start[:-1]}, "embedding": {_numbers(vector)}}}\n')
        # Half a surrogate pair, which UTF-8 cannot hold, becomes the escape that JSON has for it.
        return "".join(lines).encode("utf-8", "backslashreplace")

    def finish(self, part: Path, target: Path, rows: int) -> None:
        os.replace(part, target)


def _numbers(vector: bytes | None) -> str:
    """Return a vector as JSON; nine digits give back each float32 exactly."""
    if vector is None:
        return "null"
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return "[" + ", ".join(["%.9g"] * len(numbers)) % tuple(numbers) + "]"


@dataclass(frozen=True, kw_only=True)
class Npy:
    """One array of float32, a row for each text, of NaN where that was empty.

    Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
    """

    dimensions: int

    def header(self, rows: int = 0) -> bytes:
        described = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {self.dimensions}), }}"
        # 128 bytes hold any number of rows, so that the rows need not move when their number is known.
        return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + described.ljust(117).encode() + b"\n"

    def encode(self, first: int, rows: Sequence[Row], vectors: Vectors) -> bytes:
        # A quiet NaN of float32.
        missing = b"\x00\x00\xc0\x7f" * self.dimensions
        return b"".join(missing if vector is None else vector for vector in vectors)

    def finish(self, part: Path, target: Path, rows: int) -> None:
        with part.open("r+b") as file:
            file.write(self.header(rows))
            os.fsync(file.fileno())
        os.replace(part, target)


@dataclass(frozen=True, kw_only=True)
class Parquet:
    """Columns: the kept ones as text, `index`, and `embedding`, null where the text was empty.

    A Parquet file cannot grow, so that the part is an Arrow stream.
    """

    keep: Sequence[str] = ()

    def header(self) -> bytes:
        from model_router.embedding import parquet

        return parquet.header(self.keep)

    def encode(self, first: int, rows: Sequence[Row], vectors: Vectors) -> bytes:
        from model_router.embedding import parquet

        return parquet.encode(first, [[_as_text(value) for value in row.kept] for row in rows], vectors, self.keep)

    def finish(self, part: Path, target: Path, rows: int) -> None:
        from model_router.embedding import parquet

        written = target.with_name(f"{target.name}.new")
        parquet.convert(part, written)
        os.replace(written, target)
        part.unlink()


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False, default=str)
