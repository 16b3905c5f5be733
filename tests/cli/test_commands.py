"""What the other commands change, print and refuse."""

import socket
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.stack import ROOT


def calls(world: Path) -> list[str]:
    """Return the commands that Pulumi was given."""
    return (world / "calls").read_text().splitlines()


def test_a_deployment_builds_the_stacks_own_catalog_and_selects_no_stack(command: Command, world: Path) -> None:
    (world / "Pulumi.prod.yaml").write_text(
        "config:\n  aws:region: eu-north-1\n  model-router:catalog: models/embedded/models.toml\n"
    )
    said = command("deploy", "--stack", "prod", "--yes")
    assert said.out == f"build {world}/models/embedded/models.toml\n"
    assert calls(world) == ["stack --stack prod --show-name", "up --stack prod --yes"]


def test_a_catalog_that_is_named_becomes_the_stacks(command: Command, world: Path) -> None:
    assert command("deploy", "--catalog", "models/embedded/models.toml", "--yes").status == 0
    assert calls(world)[1] == "config set catalog models/embedded/models.toml --stack dev"


def test_a_new_stack_is_made_without_being_selected(command: Command, world: Path) -> None:
    command("deploy", "--stack", "new", "--yes")
    assert calls(world) == ["stack --stack new --show-name", "stack init new --no-select"]


def test_a_checkout_without_the_stacks_settings_builds_nothing_and_is_told(command: Command, world: Path) -> None:
    said = command("deploy", "--stack", "prod", "--yes")
    assert (said.status, said.out) == (1, "")
    assert "pulumi config refresh restores them" in said.err
    assert said.err.endswith("Both with --stack prod.\n")


def test_a_rollback_adds_to_what_is_pinned(command: Command, world: Path) -> None:
    assert command("rollback", "qa=3", "router=1", "--yes").status == 0
    assert calls(world)[2:] == [
        "config set pinnedVersions embeddings=2,qa=3,router=1 --stack dev",
        "up --stack dev --yes",
    ]


def test_a_rollback_of_what_the_stack_has_not_pins_nothing(command: Command, world: Path) -> None:
    said = command("rollback", "qa=3", "nope=1", "--yes")
    assert (said.status, said.err) == (1, "The stack dev has no nope: it has qa, router.\n")
    assert not any(call.startswith("config set") for call in calls(world))


def test_a_rollback_without_versions_shows_them(command: Command, world: Path) -> None:
    assert [line.split() for line in command("rollback").out.splitlines()] == [
        ["part", "live", "pinned"],
        ["qa", "4"],
        ["router", "7"],
    ]


def test_the_status_of_pulumi_is_that_of_the_command(command: Command, world: Path) -> None:
    (world / "pulumi").write_text("#!/bin/sh\nexit 32\n")
    assert command("rollback", "--newest").status == 32


def test_without_pulumi_its_installation_is_told(
    command: Command, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(world / "nowhere"))
    assert command("rollback").err == (
        "Pulumi's command is not installed: https://www.pulumi.com/docs/install/ says how.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["rollback", "qa"], "'qa' names no version: write it as qa=3."),
        (["rollback", "qa=3", "--newest"], "Versions and --newest exclude each other: give one."),
        (["logs", "qa"], "There is no log of 'qa': {world}/build/local/logs has logs of router."),
        (["logs", "--stack", "dev", "--since", "soon"], "--since 'soon' is no time: write it as 30s, 15m, 2h or 1d."),
        (["ask", "Who?", "-c", "a", "-f", "b"], "--context and --file exclude each other: give one."),
        (["rerank", "query", "a", "-f", "b"], "Texts and --file exclude each other: give one."),
        (["ask", "Who?", "-f", "none.txt"], "none.txt: No such file or directory."),
        (["models", "list", "--catalog", "x"], "{world}/x: no such file; name a catalog with MODELS=path."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_sentence(
    command: Command, world: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], problem: str
) -> None:
    monkeypatch.delenv("MODEL_ROUTER_URL")
    said = command(*arguments)
    assert (said.status, said.err) == (1, problem.format(world=world) + "\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nix"], "No such command 'nix'. `model-router --help` shows how."),
        (["ask"], "Missing argument 'question'. `model-router ask --help` shows how."),
        (
            ["serve", "--port", "70000"],
            "Invalid value for '--port': Input should be less than or equal to 65535. `model",
        ),
    ],
)
def test_a_wrong_command_line_is_told_with_where_to_look(command: Command, arguments: list[str], problem: str) -> None:
    said = command(*arguments)
    assert said.status == 2
    assert said.err.startswith(problem)


def test_a_taken_port_is_told_before_anything_is_built(command: Command, world: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = command("serve", "--port", str(port), "--catalog", "none.toml")
    assert said.err == f"Port {port} of 127.0.0.1 is in use: choose another with --port.\n"


def test_a_model_is_added_beneath_what_stands_there(command: Command, world: Path) -> None:
    (world / "my.toml").write_text('# mine\n[qa]\nservice = "question_answering"\nsource = "file:x"')
    said = command(
        "models", "add", "de", "hf://a/b", "--service", "embeddings", "--task", "vectors", "--catalog", "my.toml"
    )
    assert said.status == 0, said.err
    assert (world / "my.toml").read_text() == (
        '# mine\n[qa]\nservice = "question_answering"\nsource = "file:x"\n\n'
        '[de]\ntask = "vectors"\nservice = "embeddings"\nsource = "hf://a/b"\n'
    )
    assert "  model-router models lock --catalog my.toml\n" in said.out


@pytest.mark.parametrize(
    ("id_", "source", "service", "problem"),
    [
        ("qa", "hf://a/b", "embeddings", "my.toml has an entry [qa] already: choose another id, or change that one."),
        ("Q", "hf://a/b", "embeddings", "my.toml: [Q] id: string should match pattern"),
        ("a.b", "hf://a/b", "embeddings", "my.toml: [a.b] id: string should match pattern"),
        ("x", "http://a", "embeddings", "my.toml: [x] source: string should match pattern"),
        ("x", "hf://a/b", "poetry", "my.toml: [x] service: there is no service 'poetry'"),
    ],
)
def test_a_model_that_cannot_be_added_leaves_the_catalog_as_it_was(
    command: Command, world: Path, id_: str, source: str, service: str, problem: str
) -> None:
    before = '[qa]\nservice = "question_answering"\nsource = "file:x"\n'
    (world / "my.toml").write_text(before)
    said = command("models", "add", id_, source, "--service", service, "--catalog", "my.toml")
    assert said.status == 1
    assert said.err.startswith(problem)
    assert (world / "my.toml").read_text() == before
    assert not (world / "my.toml.new").exists()


def test_the_version_is_the_projects(command: Command, world: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert command("--version").out == f"{project['version']}\n"
