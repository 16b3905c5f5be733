"""The commands of the Makefile that run Pulumi, with a stand-in for it that notes what it is asked."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.infra.project import ROOT, Project

TORCH = re.search(r"^TORCH := (\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]  # type: ignore[index]
PULUMI = """\
#!/bin/sh
echo "pulumi $*" >>"{log}"
case "$*" in *--show-name*) exit {exists};; esac
"""
PYTHON = """\
#!/bin/sh
case "$*" in *print*) exec "{python}" "$@";; esac
echo "python $*" >>"{log}"
"""


# What the Makefile notes of an environment that has everything.
WHOLE = ("deploy", f"torch-{TORCH}", "models", "dev")


class Checkout:
    """A checkout in a folder whose name has a space, ready but for its commands, which are noted."""

    def __init__(self, root: Path, *, exists: bool, environment: Sequence[str] = WHOLE) -> None:
        self.root = root / "a checkout"
        self.root.mkdir()
        Project(self.root)
        for name in ("Makefile", "infra", "requirements", "requirements.txt"):
            if not (self.root / name).exists():
                (self.root / name).symlink_to(ROOT / name)
        self.log = self.root / "log"
        bin_ = self.root / ".venv" / "bin"
        bin_.mkdir(parents=True)
        python = shutil.which("python3")
        self._script(bin_ / "python", PYTHON.format(log=self.log, python=ROOT / ".venv" / "bin" / "python"))
        self._script(bin_ / "pulumi", PULUMI.format(log=self.log, exists=0 if exists else 1))
        # What the Makefile notes of an environment that is whole, newer than the requirements.
        for age, name in enumerate(("serve", *environment)):
            (self.root / ".venv" / name).touch()
            os.utime(self.root / ".venv" / name, (4e9 + age, 4e9 + age))
        (self.root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-north-1\n")
        self._environment = {"PATH": f"{bin_}:{os.environ['PATH']}", "PYTHON": str(python)}

    @staticmethod
    def _script(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def make(self, *words: str) -> list[str]:
        """The commands that are run, and at the end what they tell, where they fail."""
        ended = subprocess.run(
            ["make", *words],
            cwd=self.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        lines = self.log.read_text().splitlines()
        return [*lines, ended.stderr] if ended.returncode else lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, exists=True)


def test_a_deployment_serves_the_stacks_own_catalog(checkout: Checkout) -> None:
    assert checkout.make("deploy", "STACK=prod") == ["python -m model_router deploy --stack prod"]


def test_a_catalog_that_is_named_becomes_the_stacks(checkout: Checkout) -> None:
    lines = checkout.make("deploy", "MODELS=models/embedded/models.toml")
    assert lines == ["python -m model_router deploy --stack dev --catalog models/embedded/models.toml"]


@pytest.mark.parametrize("verb", ["setup", "doctor", "deploy", "policy"])
def test_deploying_installs_no_pytorch(tmp_path: Path, verb: str) -> None:
    lines = Checkout(tmp_path, exists=True, environment=("deploy",)).make(verb)
    assert len(lines) == 1
    assert "pip" not in lines[0]


@pytest.mark.parametrize("verb", ["serve", "models", "lock"])
def test_a_catalog_that_is_not_there_is_told_before_anything_is_installed(checkout: Checkout, verb: str) -> None:
    checkout.log.touch()
    *ran, told = checkout.make(verb, "MODELS=nope.toml")
    assert "There is no catalog nope.toml; name one with MODELS=models.toml\n" in told
    assert [line for line in ran if "pip" in line] == []


def test_minutes_that_are_no_number_are_told_before_anything_is_installed(checkout: Checkout) -> None:
    (checkout.root / "models" / "embedded").mkdir(parents=True)
    (checkout.root / "models" / "embedded" / "models.toml").touch()
    checkout.log.touch()
    *ran, told = checkout.make("serve", "WARM=abc")
    assert "WARM=abc is no number of minutes" in told
    assert ran == []


def test_a_bare_make_lists_every_verb_and_runs_nothing(checkout: Checkout) -> None:
    checkout.log.touch()
    assert checkout.make() == []
    listed = subprocess.run(["make", "help"], cwd=checkout.root, capture_output=True, text=True, check=True).stdout
    verbs = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert verbs is not None
    assert sorted(re.findall(r"^  make (\S+) +\S", listed, re.MULTILINE)) == sorted(verbs[1].split())


def test_a_stack_is_removed_without_a_terminal_and_its_settings_stay(checkout: Checkout) -> None:
    assert checkout.make("destroy", "STACK=prod") == [
        "pulumi destroy --stack prod --yes",
        "pulumi stack rm prod --preserve-config --yes",
    ]


def test_pulumi_installs_what_the_program_needs_and_no_more() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text().splitlines()
        return dict(
            line.partition(" ;")[0].split("==") for line in lines if "==" in line and not line.startswith(("#", " "))
        )

    needed = pins("requirements.txt")
    assert {"pulumi", "pulumi-aws", "pulumi-docker-build", "pulumi-random", "pydantic", "boto3", "pyyaml"} <= set(
        needed
    )
    assert not {"torch", "transformers", "onnx", "onnxruntime", "numpy"} & set(needed)
    assert needed.items() <= pins("requirements/dev.txt").items()
