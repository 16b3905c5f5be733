"""Every command's help has examples, and every example runs."""

import io
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from model_router.app import app
from tests.cli.conftest import Command
from tests.cli.fake_router import FakeRouter

# A terminal of 80 columns shows it in one line, so that it can be copied.
LONGEST = 76


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command and each group with its name's words."""
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))
EXAMPLES = [
    (path, line.removeprefix("$ "))
    for path, command in COMMANDS.items()
    for line in (command.epilog or "").split("\n\n")
    if line.startswith("$ ")
]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_help_shows_an_example_of_its_command(
    command: Command, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = command(*path, "--help")
    assert said.status == 0
    mine = [example for of, example in EXAMPLES if of == path]
    assert mine
    for example in mine:
        assert len(example) <= LONGEST
        assert f"$ {example}" in said.out
        assert " ".join(path) in example


@pytest.mark.parametrize("example", sorted({example for _, example in EXAMPLES}))
def test_an_example_does_what_it_says(
    command: Command, world: Path, router: FakeRouter, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    pipe, _, after = example.rpartition(" | ")
    if pipe:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((world / pipe.split()[1]).read_bytes())))
    words = shlex.split(after.partition(" > ")[0].replace("http://127.0.0.1:8000", router.url))
    assert words[0] == "model-router"
    said = command(*words[1:])
    assert (said.status, said.err.count("Traceback")) == (0, 0), said
