"""A fuzzer that looks for new code to reach finds no input that breaks a promise, in so many runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

pytest.importorskip("atheris", reason="atheris has wheels for Linux on x86_64 only")

RUNS = {
    "bodies": 3_000,
    "events": 2_000,
    "warm_ups": 3_000,
    "answers": 3_000,
    "spans": 20_000,
    "catalog": 10_000,
    "lock": 5_000,
    "manifest": 3_000,
}


def fuzz(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the fuzzer in a folder; return its exit status and what it printed."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzzing", *arguments, "-seed=1", "-len_control=0"]
    done = subprocess.run([*command, f"-artifact_prefix={folder}/"], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("target", "runs"), RUNS.items(), ids=RUNS)
def test_no_input_breaks_a_promise(tmp_path: Path, target: str, runs: int) -> None:
    status, printed = fuzz(tmp_path, target, f"-runs={runs}", "-max_len=4096")
    assert status == 0, printed[-2_000:]
    assert f"Done {runs} runs" in printed
    assert int(re.findall(r"cov: (\d+)", printed)[-1]) > 5


def test_what_breaks_is_found_and_kept(tmp_path: Path) -> None:
    status, _ = fuzz(tmp_path, "broken", "-runs=100000")
    assert status != 0
    assert [path.read_bytes()[:1] for path in tmp_path.glob("crash-*")] == [b"!"]
