"""The console blocks of the README and of docs/api.md, `$ command` and output.

`python -m tests.acceptance.readme URL` writes them anew.

A command runs with the platform's real address in place of theirs. Numbers may differ in their last digits from
one machine to the next, so may which quantization passes, and times and ids from run to run; the rest may not.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.stack import ROOT

PAGES = (ROOT / "README.md", ROOT / "docs" / "api.md")
ADDRESS = "http://127.0.0.1:8000"
LAMBDA = "http://127.0.0.1:8001"
# A command goes on in the lines that are indented.
BLOCK = re.compile(r"(?<=```console\n)\$ (?P<command>.*(?:\n +.*)*)\n(?P<output>(?:.*\n)*?)(?=```)")
VOLATILE = re.compile(
    r"""(?im)[0-9a-f]{12,}(-[0-9a-f]+)*|"created":\s*\d+|"quantization":\s*"\w+"|"ms":\s*{[^}]*}|^(date|server|x-request-id|apigw-requestid|server-timing):.*$"""
)
NUMBER = re.compile(r"-?\d+\.\d+(e-?\d+)?")
TOLERANCE = 0.02


@dataclass(frozen=True)
class Block:
    """One console block: a command, and the output that the page shows for it."""

    command: str
    output: str


def blocks(text: str) -> Iterator[Block]:
    """The console blocks of a Markdown text that talk to the platform."""
    for match in BLOCK.finditer(text):
        if talks(match["command"]):
            yield Block(match["command"], match["output"])


def talks(command: str) -> bool:
    """Whether a command talks to the platform."""
    return ADDRESS in command or LAMBDA in command


def run(command: str, url: str) -> str:
    """What a command prints, asked of the platform at `url`; its Lambda API is one port above."""
    host, port = url.rsplit(":", 1)
    here = command.replace(ADDRESS, url).replace(LAMBDA, f"{host}:{int(port) + 1}")
    done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.replace("\r", "").replace(url, ADDRESS).rstrip("\n") + "\n"


def alike(shown: str, seen: str) -> bool:
    """Whether two outputs differ in nothing but times, ids and the last digits of numbers."""
    shown, seen = VOLATILE.sub("~", shown), VOLATILE.sub("~", seen)
    pairs = zip(NUMBER.finditer(shown), NUMBER.finditer(seen), strict=False)
    close = all(abs(float(a[0]) - float(b[0])) <= TOLERANCE for a, b in pairs)
    return close and NUMBER.sub("#", shown) == NUMBER.sub("#", seen)


def rewritten(text: str, url: str) -> str:
    """The Markdown text with the output of every block as it is now."""

    def now(match: re.Match[str]) -> str:
        if not talks(match["command"]):
            return match[0]
        return f"$ {match['command']}\n{run(match['command'], url)}"

    return BLOCK.sub(now, text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(rewritten(page.read_text(encoding="utf-8"), sys.argv[1]), encoding="utf-8")
