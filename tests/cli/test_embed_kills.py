"""`embed`, killed at any moment and started again, writes each line once and in its place."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import ROOT, start
from tests.cli.fake_router import vector_of

LINES = 20_000


@pytest.fixture
def url() -> Iterator[str]:
    """A platform in a process of its own, which fails each fiftieth request in a way that passes.

    It takes its time, so that 20,000 lines take longer than three checkpoints.
    """
    command = [sys.executable, "-m", "tests.cli.fake_router", "--fail-every", "50", "--delay-s", "0.05"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def rows_of(out: Path) -> int:
    """Return how many rows the state of an unfinished output tells of."""
    state = out.with_name(f"{out.name}.part.json")
    return int(json.loads(state.read_text())["rows"]) if state.exists() else 0


def run_killed(arguments: list[str], out: Path, beyond: int) -> None:
    """Run the command and kill it as soon as its state tells of more rows than that."""
    process = start(arguments)
    while rows_of(out) <= beyond:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def run(arguments: list[str]) -> str:
    """Run the command to its end; return what it told."""
    process = start(arguments)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return err


def peak_mb(pid: int) -> float:
    """Return the most memory that a living process has had resident."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["jsonl", "npy", "parquet"])
def test_an_embedding_that_was_killed_twice_ends_with_every_line_once(url: str, tmp_path: Path, suffix: str) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    texts = [f"line {number}" for number in range(LINES)]
    file, out = tmp_path / "texts.txt.gz", tmp_path / f"vectors.{suffix}"
    file.write_bytes(gzip.compress("".join(f"{text}\n" for text in texts).encode()))
    arguments = ["embed", str(file), "--out", str(out), "--format", "text", "--url", url]
    run_killed(arguments, out, 0)
    first = rows_of(out)
    run_killed(arguments, out, first)
    second = rows_of(out)
    told = run(arguments)
    assert 0 < first < second < LINES
    assert f"{LINES:,} texts in {out}; {second:,} of them from before" in told
    np.testing.assert_array_equal(read(out), np.array([vector_of(text) for text in texts], np.float32))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, out.name])


def read(out: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return the vectors of a finished output; checks that its rows are numbered from 0 without a gap."""
    if out.suffix == ".npy":
        return np.asarray(np.load(out))
    if out.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(out)
        rows = table.to_pylist()
    else:
        rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["index"] for row in rows] == list(range(len(rows)))
    return np.array([row["embedding"] for row in rows], np.float32)


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="tells no process's memory")
def test_memory_does_not_grow_with_the_input(url: str, tmp_path: Path) -> None:
    peaks = []
    for lines in (2_000, LINES):
        file, out = tmp_path / f"{lines}.txt", tmp_path / f"{lines}.npy"
        file.write_text("".join(f"{number} {'word ' * 100}\n" for number in range(lines)))
        process = start(["embed", str(file), "--out", str(out), "--url", url])
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_mb(process.pid))
            time.sleep(0.01)
        assert process.returncode == 0, process.communicate()[1]
        process.communicate()
        peaks.append(peak)
    # The larger file is 10 MB.
    assert peaks[1] - peaks[0] < 5, peaks
