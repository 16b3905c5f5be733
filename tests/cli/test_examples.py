"""Every command's help has examples, and every example runs."""

import io
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from model_router.app import app
from tests.cli.conftest import ROOT, Command
from tests.cli.fake_router import FakeRouter

# A terminal of 80 columns shows it in one line, so that it can be copied.
LONGEST = 76
PULUMI = """#!/bin/sh
echo "$@" >>"$PULUMI_CALLS"
case "$*" in
  *"stack output versions"*) echo '{"qa": "4", "router": "7"}' ;;
  *"config get pinnedVersions"*) echo "embeddings=2" ;;
  *"--stack new "*--show-name*) exit 255 ;;
esac
"""


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


@pytest.fixture
def world(tmp_path: Path, router: FakeRouter, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name, a platform, a pretended Pulumi, and nothing that takes long."""
    (tmp_path / "texts.txt").write_text("one\ntwo\n")
    (tmp_path / "reviews.csv").write_text("id,review\n7,good\n")
    (tmp_path / "documents.txt").write_text("a bridge\na mill\n")
    (tmp_path / "contract.txt").write_text("Brightwater supplies Acme.\n")
    (tmp_path / "my.toml").write_text("")
    (tmp_path / "pulumi").write_text(PULUMI)
    (tmp_path / "pulumi").chmod(0o755)
    logs = tmp_path / "build" / "local" / "logs"
    logs.mkdir(parents=True)
    (logs / "model-router-local-router.log").write_text("START RequestId: 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_CALLS", str(tmp_path / "calls"))
    monkeypatch.chdir(tmp_path)
    pretend(monkeypatch, tmp_path)
    return tmp_path


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put in place what would take minutes, download or need an account; tests of their own are in other folders."""
    monkeypatch.setattr("models.__main__.run", lambda command, catalog, ids, root: [command])
    monkeypatch.setattr("models.build.build", lambda catalog, ids, root: print("build", catalog.path))
    monkeypatch.setattr("local.__main__.main", lambda argv, environ: None)
    monkeypatch.setattr("benchmarks.__main__.measure", lambda run: print(run))
    monkeypatch.setattr("infra.doctor.main", lambda arguments: 0)
    monkeypatch.setattr("model_router.logs._client", lambda stack: FakeLogs())
    monkeypatch.setattr("model_router.account.ROOT", folder)
    monkeypatch.setattr("model_router.pulumi.ROOT", folder)
    (folder / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-north-1\n")
    (folder / "models" / "embedded").mkdir(parents=True)
    (folder / "models" / "embedded" / "models.toml").write_bytes((ROOT / "models.toml").read_bytes())
    (folder / "models.toml").write_bytes((ROOT / "models.toml").read_bytes())


class FakeLogs:
    """CloudWatch with one event."""

    def get_paginator(self, operation: str) -> "FakeLogs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"events": [{"eventId": "1", "timestamp": 0, "message": "REPORT RequestId: 1\n"}]}]


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
