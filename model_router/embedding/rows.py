"""Reads texts row by row: plain text, JSONL, CSV and Parquet, also compressed by gzip. Knows nothing of vectors."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from model_router.problem import Problem

FORMATS = {".txt": "text", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet"}
# What the output says of each row besides the fields that are kept.
OWN = {"index", "embedding"}
# Spreadsheets put whole documents into a cell; the csv module takes 128 KB unless told otherwise.
csv.field_size_limit(2**31 - 1)


class Row(NamedTuple):
    """One text. `number` counts lines or rows from 1, as an editor does; `kept` are the fields to be copied."""

    number: int
    text: str
    kept: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Input:
    """An open input. `position()` goes from 0 to `total`, which is None where the end cannot be known."""

    name: str
    unit: str
    rows: Iterator[Row]
    total: int | None
    position: Callable[[], int]

    def where(self, number: int) -> str:
        """Return how people find a row."""
        return f"{self.name}, {self.unit} {number}"


@contextmanager
def open_input(path: Path | None, format_: str | None, field: str | None, keep: Sequence[str]) -> Iterator[Input]:
    """Open a file, or stdin for None. Raises Problem, also later while rows are read, and OSError."""
    if OWN & set(keep):
        raise Problem(f"--keep cannot copy {' or '.join(sorted(OWN))}: the output has fields of these names.")
    kind = format_ or _format_of(path)
    if kind == "parquet":
        if path is None:
            raise Problem("Parquet cannot be read from a pipe: name the file.")
        from model_router.embedding.parquet import open_parquet

        with open_parquet(path, field or "text", keep) as parquet:
            yield parquet
        return
    name = "stdin" if path is None else str(path)
    size = path.stat().st_size if path is not None and path.is_file() else None
    with nullcontext(sys.stdin.buffer) if path is None else path.open("rb") as raw:
        is_gzip = path is not None and path.suffix == ".gz"
        binary: Any = gzip.GzipFile(fileobj=raw) if is_gzip else raw
        # The csv module wants line ends as they are; in the others a lone carriage return ends no line.
        lines = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="" if kind in ("csv", "tsv") else "\n")
        rows = _readable(READERS[kind](lines, name, field, keep), name)
        yield Input(name=name, unit="line", rows=rows, total=size, position=raw.tell if size else int)
        # Left to itself, it would close stdin.
        lines.detach()


def _format_of(path: Path | None) -> str:
    if path is None:
        return "text"
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if suffix.lower() not in FORMATS:
        known = ", ".join(sorted(set(FORMATS.values())))
        raise Problem(f"{path}: its name does not say what it holds; add --format, one of {known}.")
    return FORMATS[suffix.lower()]


def _readable(rows: Iterator[Row], name: str) -> Iterator[Row]:
    try:
        yield from rows
    except UnicodeDecodeError:
        raise Problem(f"{name} is not UTF-8 text: convert it, for instance with iconv.") from None
    except (gzip.BadGzipFile, EOFError):
        raise Problem(f"{name} is no whole gzip file: make it anew.") from None
    except csv.Error as error:
        raise Problem(f"{name} is no CSV that can be read ({error}): correct it.") from None


def _text(lines: io.TextIOWrapper, name: str, field: str | None, keep: Sequence[str]) -> Iterator[Row]:
    if field not in (None, "text") or set(keep) - {"text"}:
        raise Problem(f"{name}: lines of text have no fields but 'text'; --format says if it is something else.")
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\n").removesuffix("\r")
        yield Row(number, text, (text,) * len(keep))


def _jsonl(lines: io.TextIOWrapper, name: str, field: str | None, keep: Sequence[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        where = f"{name}, line {number}"
        try:
            value = json.loads(line)
        except ValueError:
            raise Problem(f"{where} is not JSON: correct it.") from None
        record = {"text": value} if isinstance(value, str) else value
        if not isinstance(record, dict):
            raise Problem(f"{where} is neither an object nor a string: correct it.")
        yield row_of(number, record, where, field or "text", keep)


def _csv(
    lines: io.TextIOWrapper, name: str, field: str | None, keep: Sequence[str], delimiter: str = ","
) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter)
    header = next(reader, [])
    field = field or (header[0] if len(header) == 1 else "text")
    for cells in reader:
        if cells:
            where = f"{name}, line {reader.line_num}"
            if len(cells) != len(header):
                raise Problem(f"{where} has {len(cells)} cells, and the header {len(header)}: correct it.")
            yield row_of(reader.line_num, dict(zip(header, cells, strict=True)), where, field, keep)


def row_of(number: int, record: dict[str, Any], where: str, field: str, keep: Sequence[str]) -> Row:
    """Take the text and the kept fields out of a record. Raises Problem."""
    for wanted in (field, *keep):
        if wanted not in record:
            option = "--field" if wanted == field else "--keep"
            raise Problem(f"{where} has no field {wanted!r}: name one of {', '.join(record)} with {option}.")
    text = record[field]
    if text is not None and not isinstance(text, str):
        raise Problem(f"{where}: {field!r} is no string: name another with --field.")
    return Row(number, text or "", tuple(record[name] for name in keep))


READERS: dict[str, Callable[[io.TextIOWrapper, str, str | None, Sequence[str]], Iterator[Row]]] = {
    "text": _text,
    "jsonl": _jsonl,
    "csv": _csv,
    "tsv": partial(_csv, delimiter="\t"),
}
