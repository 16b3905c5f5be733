"""Reads and writes Parquet. The one module of this command that imports pyarrow."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_router.embedding.rows import Input, Row, row_of
from model_router.problem import Problem

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ModuleNotFoundError:
    raise Problem(f"Parquet needs pyarrow: `{sys.executable} -m pip install pyarrow`, or use JSONL.") from None

ROWS_AT_ONCE = 1024
ROWS_OF_A_GROUP = 16384


@contextmanager
def open_parquet(path: Path, field: str, keep: Sequence[str]) -> Iterator[Input]:
    """Open a Parquet file. Raises Problem and OSError."""
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid:
        raise Problem(f"{path} is no Parquet file: name another, or say what it is with --format.") from None
    with file:
        yield _input(file, path, field, keep)


def _input(file: Any, path: Path, field: str, keep: Sequence[str]) -> Input:
    columns = list(dict.fromkeys((field, *keep)))
    names = file.schema_arrow.names
    for column in columns:
        if column not in names:
            option = "--field" if column == field else "--keep"
            raise Problem(f"{path} has no column {column!r}: name one of {', '.join(names)} with {option}.")
    done = [0]

    def rows() -> Iterator[Row]:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=columns):
            for record in batch.to_pylist():
                done[0] += 1
                yield row_of(done[0], record, f"{path}, row {done[0]}", field, keep)

    return Input(name=str(path), unit="row", rows=rows(), total=file.metadata.num_rows, position=lambda: done[0])


def schema(keep: Sequence[str]) -> Any:
    """Return the columns that are written: the kept ones as text, the row's index and its vector."""
    kept = [(name, pa.string()) for name in keep]
    return pa.schema([*kept, ("index", pa.int64()), ("embedding", pa.list_(pa.float32()))])


def header(keep: Sequence[str]) -> bytes:
    """Return the beginning of an Arrow stream, to which record batches can be appended."""
    return bytes(schema(keep).serialize())


def encode(
    first: int, kept: Sequence[Sequence[str | None]], vectors: Sequence[bytes | None], keep: Sequence[str]
) -> bytes:
    """Return one record batch of an Arrow stream. Each vector is of little-endian float32, or None."""
    ends = [0]
    for vector in vectors:
        ends.append(ends[-1] + len(vector or b"") // 4)
    values = pa.Array.from_buffers(pa.float32(), ends[-1], [None, pa.py_buffer(b"".join(filter(None, vectors)))])
    missing = pa.array([vector is None for vector in vectors])
    embeddings = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values, mask=missing)
    columns = [pa.array(column, pa.string()) for column in (zip(*kept, strict=True) if keep else ())]
    index = pa.array(range(first, first + len(vectors)), pa.int64())
    return bytes(pa.record_batch([*columns, index, embeddings], schema=schema(keep)).serialize())


def convert(stream: Path, target: Path) -> None:
    """Write an Arrow stream, which may lack its end, as a Parquet file, a group of rows at a time."""
    with (
        pa.OSFile(str(stream)) as source,
        pa.ipc.open_stream(source) as batches,
        pq.ParquetWriter(target, batches.schema, compression="zstd") as writer,
    ):
        waiting, rows = [], 0
        for batch in batches:
            waiting.append(batch)
            rows += batch.num_rows
            if rows >= ROWS_OF_A_GROUP:
                writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
                waiting, rows = [], 0
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
