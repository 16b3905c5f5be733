"""`embed`: what it reads and writes, and what it says when it cannot."""

import gzip
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.cli.fake_router import FakeRouter, vector_of

FORMATS = "csv, jsonl, parquet, text, tsv."


def vectors(path: Path) -> list[list[float]]:
    return [json.loads(line)["embedding"] for line in path.read_text().splitlines()]


def test_lines_of_text_become_lines_of_vectors(
    router: FakeRouter, command: Command, texts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    assert command("embed", str(texts), "--out", str(out)).status == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows == [{"index": i, "embedding": list(vector_of(text))} for i, text in enumerate(["one", "two", "three"])]


def test_the_same_vectors_are_written_as_npy(router: FakeRouter, command: Command, texts: Path, tmp_path: Path) -> None:
    assert command("embed", str(texts), "-o", str(tmp_path / "out.npy"), "--dimensions", "4").status == 0
    read = np.load(tmp_path / "out.npy")
    assert read.dtype == np.dtype("<f4")
    np.testing.assert_array_equal(read, [vector_of(text)[:4] for text in ("one", "two", "three")])


def test_parquet_is_read_and_written(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"body": ["one", "", "three"], "id": [7, 8, 9]}), file)
    said = command("embed", str(file), "-o", str(out), "--field", "body", "--keep", "id", "--empty", "null")
    assert said.status == 0
    read = pq.read_table(out).to_pydict()
    assert read["id"] == ["7", "8", "9"]
    assert read["index"] == [0, 1, 2]
    assert read["embedding"] == [list(vector_of("one")), None, list(vector_of("three"))]


def test_a_parquet_file_without_the_column_is_refused(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"body": ["one"]}), tmp_path / "in.parquet")
    said = command("embed", str(tmp_path / "in.parquet"))
    assert said.err == f"{tmp_path / 'in.parquet'} has no column 'text': name one of body with --field.\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.jsonl", '{"id": 1, "text": "one"}\n\n{"id": 2, "text": "two"}\n'),
        ("in.csv", 'id,text\n1,one\n2,"two"\n'),
        ("in.tsv", "id\ttext\r\n1\tone\r\n2\ttwo\r\n"),
    ],
)
def test_records_keep_the_fields_that_are_asked_for(
    router: FakeRouter, command: Command, tmp_path: Path, name: str, content: str
) -> None:
    file, out = tmp_path / name, tmp_path / "out.jsonl"
    file.write_text(content, newline="")
    assert command("embed", str(file), "-o", str(out), "--keep", "id").status == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [str(row["id"]) for row in rows] == ["1", "2"]
    assert vectors(out) == [list(vector_of("one")), list(vector_of("two"))]


def test_a_cell_may_hold_several_lines(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('text\n"one\ntwo"\nthree\n')
    assert command("embed", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.jsonl")).status == 0
    assert vectors(tmp_path / "out.jsonl") == [list(vector_of("one\ntwo")), list(vector_of("three"))]


def test_only_a_line_feed_ends_a_line_of_text(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes("\ufeffone\r\ntwo\u2028half\rway\nlast".encode())
    assert command("embed", str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.jsonl")).status == 0
    assert vectors(tmp_path / "out.jsonl") == [list(vector_of(t)) for t in ("one", "two\u2028half\rway", "last")]


def test_compressed_files_are_read(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(b'"one"\n"two"\n'))
    assert command("embed", str(tmp_path / "in.jsonl.gz"), "-o", str(tmp_path / "out.jsonl")).status == 0
    assert vectors(tmp_path / "out.jsonl") == [list(vector_of("one")), list(vector_of("two"))]


def test_a_pipe_is_read_and_answered_on_stdout(
    router: FakeRouter, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    said = command("embed")
    assert [json.loads(line)["index"] for line in said.out.splitlines()] == [0, 1]
    assert said.err == ""


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("in.txt", b"one\n\nthree\n", "{file}, line 2 is empty: remove it, or take it with --empty null."),
        ("in.txt", b"caf\xe9\n", "{file} is not UTF-8 text: convert it, for instance with iconv."),
        ("in.jsonl", b'{"text": "one"}\n{"text"', "{file}, line 2 is not JSON: correct it."),
        ("in.jsonl", b"[1]\n", "{file}, line 1 is neither an object nor a string: correct it."),
        ("in.jsonl", b'{"body": "a"}\n', "{file}, line 1 has no field 'text': name one of body with --field."),
        ("in.jsonl", b'{"text": 5}\n', "{file}, line 1: 'text' is no string: name another with --field."),
        ("in.csv", b"id,text\n1,one\n2\n", "{file}, line 3 has 1 cells, and the header 2: correct it."),
        ("in.txt.gz", b"one\n", "{file} is no whole gzip file: make it anew."),
        ("in.txt.gz", gzip.compress(b"one\n" * 999)[:-9], "{file} is no whole gzip file: make it anew."),
        ("in.doc", b"one\n", "{file}: its name does not say what it holds; add --format, one of " + FORMATS),
    ],
)  # fmt: skip
def test_an_input_that_cannot_be_read_is_told_by_its_line(
    router: FakeRouter, command: Command, tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    said = command("embed", str(file))
    assert (said.status, said.err) == (1, problem.format(file=file) + "\n")


def test_empty_texts_keep_their_place(router: FakeRouter, command: Command, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("one\n \nthree\n")
    for name in ("out.jsonl", "out.npy"):
        assert command("embed", str(tmp_path / "in.txt"), "-o", str(tmp_path / name), "--empty", "null").status == 0
    assert vectors(tmp_path / "out.jsonl") == [list(vector_of("one")), None, list(vector_of("three"))]
    assert np.isnan(np.load(tmp_path / "out.npy")).all(axis=1).tolist() == [False, True, False]
