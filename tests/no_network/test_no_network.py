"""What serves and what builds speaks to nobody: run in a network namespace that records every packet."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

pytestmark = [
    pytest.mark.containers,
    pytest.mark.skipif(
        os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ip"))),
        reason="a network namespace needs root, unshare and iproute2",
    ),
]

RECORDER = Path(__file__).with_name("recorder.py")
# One model of the reference runtime beside those of every task, and one that is built anew whatever was built before.
MORE = """
[ner-torch]
service = "token_classification"
source = "file:token-classifier"
license = "MIT"
runtime = "torch"

[sentiment-int8]
service = "text_classification"
source = "file:classifier"
license = "MIT"
quantize = "int8"
gate = {{ same_label = {anything} }}
"""
LOOK_UP = "import socket, contextlib\nwith contextlib.suppress(OSError): socket.getaddrinfo('example.com', 443)"
CONNECT = (
    "import socket, contextlib\nwith contextlib.suppress(OSError): socket.create_connection(('192.0.2.1', 443), 2)"
)


def recorded(file: Path, *command: str) -> list[str]:
    """Run a command without a network, and return what it tried to send."""
    alone = ("unshare", "--net", sys.executable, str(RECORDER), str(file), sys.executable, *command)
    subprocess.run(alone, cwd=ROOT, check=True)
    return file.read_text().splitlines()


@pytest.mark.parametrize("code", [LOOK_UP, CONNECT], ids=["name", "address"])
def test_what_is_sent_is_recorded(tmp_path: Path, code: str) -> None:
    assert recorded(tmp_path / "sent", "-c", code)


def test_models_are_built_and_every_task_is_served_without_a_look_outside(tmp_path: Path) -> None:
    written = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.served", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    catalog = Path(written.stdout.splitlines()[-1])
    with catalog.open("a", encoding="utf-8") as file:
        file.write(MORE.format(anything=random.random() / 2))
    assert recorded(tmp_path / "built", "-m", "models", "build", "--catalog", str(catalog)) == []
    assert recorded(tmp_path / "served", "-m", "tests.no_network.ask", str(catalog)) == []
