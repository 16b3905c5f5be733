"""Long work shows its steps, on a terminal of its own and elsewhere, and Ctrl-C ends it with a sentence."""

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from models.progress import Bar

ROOT = Path(__file__).parents[2]
WORK = """
import sys, time
from models.progress import bar, say, step, steps
with steps("qa", 3):
    step("exporting")
    step("quantizing the layers")
    for number in bar(range(400), "layers"):
        {each}
    step("comparing it with the float model")
say("built")
"""


def program(each: str) -> list[str]:
    return [sys.executable, "-c", WORK.format(each=each)]


def on_a_terminal(command: list[str]) -> str:
    """Run a command on a terminal of 80 columns and return what it wrote there."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    while True:
        try:
            read = os.read(ours, 65_536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not read:
            break
        written += read
    os.close(ours)
    assert process.wait() == 0, written
    return written.decode()


def test_on_a_terminal_everything_happens_in_one_line() -> None:
    written = on_a_terminal(program("time.sleep(0.002)"))
    lines = written.replace("\r\n", "\n").rstrip("\n").split("\n")
    lines = [line.split("\r")[-1].removeprefix("\x1b[K") for line in lines]
    assert lines[0].startswith("[qa] made in ")
    assert lines[1:] == ["built"]
    assert "[qa] step 2 of 3: quantizing the layers" in written
    assert "400" in written


def test_elsewhere_each_step_is_a_line() -> None:
    done = subprocess.run(program("pass"), cwd=ROOT, capture_output=True, text=True, check=True)
    *steps, made, built = done.stderr.splitlines()
    assert steps == [
        "[qa] step 1 of 3: exporting",
        "[qa] step 2 of 3: quantizing the layers",
        "[qa] step 3 of 3: comparing it with the float model",
    ]
    assert made.startswith("[qa] made in ")
    assert built == "built"


def test_a_bar_that_was_interrupted_while_it_was_made_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar.__new__(Bar)
    bar.__del__()
    assert capsys.readouterr().err == ""


COMMANDS = {
    "models": "import models.__main__ as m, models.build as b\nb.build = {stop}\n"
    "sys.exit(m.main(['build', '--catalog', '{catalog}']))",
    "benchmarks": "from benchmarks.command import main\nmain({stop}, None, ['--quick'])",
    "images": "import local.images as m\nm.engine = {stop}\nsys.exit(m.main([]))",
}


@pytest.mark.parametrize(("name", "number"), [*((name, "SIGINT") for name in COMMANDS), ("models", "SIGTERM")])
def test_a_command_that_is_stopped_ends_with_a_sentence(name: str, number: str, tmp_path: Path) -> None:
    catalog = tmp_path / "own.toml"
    catalog.write_text('[qa]\nservice = "question_answering"\nsource = "file:reader"\n')
    stop = f"lambda *_: os.kill(os.getpid(), signal.{number}) or time.sleep(60)"
    code = "import os, signal, sys, time\n" + COMMANDS[name].format(stop=stop, catalog=catalog)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode in (1, 130)
    assert done.stderr.strip().splitlines()[-1].startswith("Stopped")
    assert "Traceback" not in done.stderr
