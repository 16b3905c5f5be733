"""The log files of functions, which never grow without bound."""

from pathlib import Path

import pytest

from local.log import FunctionLog


def test_a_log_that_is_too_long_is_kept_once_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "qa.log"
    log = FunctionLog(path, most_bytes=100)
    for number in range(30):
        log.write(f"line {number:2}\n".encode())
    log.close()
    assert {file.name for file in tmp_path.iterdir()} == {"qa.log", "qa.log.1"}
    kept = (tmp_path / "qa.log.1").read_text() + path.read_text()
    assert kept.splitlines()[-1] == "line 29"
    assert kept.splitlines() == [f"line {number:2}" for number in range(30)][-len(kept.splitlines()) :]
    assert all(file.stat().st_size <= 108 for file in tmp_path.iterdir())


@pytest.mark.parametrize("data", [b"", b"a line\n"])
def test_a_log_without_a_path_keeps_nothing(data: bytes) -> None:
    log = FunctionLog(None)
    log.write(data)
    log.close()


def test_a_log_is_begun_anew_at_each_start(tmp_path: Path) -> None:
    (tmp_path / "qa.log").write_text("of yesterday\n")
    FunctionLog(tmp_path / "qa.log").close()
    assert (tmp_path / "qa.log").read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_the_lines_and_nothing_else() -> None:
    log = FunctionLog(Path("/dev/full"))
    log.write(b"a line\n")
    log.close()
