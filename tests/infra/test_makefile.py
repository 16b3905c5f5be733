"""The commands of the Makefile that run Pulumi, with a stand-in for it that notes what it is asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra.project import ROOT, Project

PULUMI = """\
#!/bin/sh
echo "pulumi $*" >>"{log}"
case "$*" in *--show-name*) exit {exists};; esac
"""
PYTHON = """\
#!/bin/sh
echo "python $*" >>"{log}"
case "$*" in *stack_config*) exec "{python}" "$@";; esac
"""


class Checkout:
    """A checkout in a folder whose name has a space, ready but for its commands, which are noted."""

    def __init__(self, root: Path, *, exists: bool) -> None:
        self.root = root / "a checkout"
        self.root.mkdir()
        Project(self.root)
        for name in ("Makefile", "infra"):
            (self.root / name).symlink_to(ROOT / name)
        self.log = self.root / "log"
        bin_ = self.root / ".venv" / "bin"
        bin_.mkdir(parents=True)
        python = shutil.which("python3")
        self._script(bin_ / "python", PYTHON.format(log=self.log, python=ROOT / ".venv" / "bin" / "python"))
        self._script(bin_ / "pulumi", PULUMI.format(log=self.log, exists=0 if exists else 1))
        for name in ("torch", "serve", "dev"):
            (self.root / ".venv" / name).touch()
        os.utime(self.root / ".venv" / "torch", (4e9, 4e9))
        for name in ("serve", "dev"):
            os.utime(self.root / ".venv" / name, (4e9 + 1, 4e9 + 1))
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


def test_a_deployment_serves_the_stacks_own_catalog_and_selects_no_stack(checkout: Checkout) -> None:
    text = "config:\n  aws:region: eu-north-1\n  model-router:catalog: models/own.toml\n"
    (checkout.root / "Pulumi.prod.yaml").write_text(text)
    assert checkout.make("deploy", "STACK=prod") == [
        "pulumi stack --stack prod --show-name",
        "python -m infra.stack_config catalog prod",
        "python -m models build --catalog models/own.toml",
        "pulumi up --stack prod --yes",
    ]


def test_a_checkout_without_the_stacks_settings_builds_nothing_and_is_told(checkout: Checkout) -> None:
    *lines, told = checkout.make("deploy", "STACK=prod")
    assert lines[-1] == "python -m infra.stack_config catalog prod"
    assert "pulumi config refresh restores them" in told
    assert "Both with --stack prod." in told


def test_a_catalog_that_is_named_becomes_the_stacks(checkout: Checkout) -> None:
    lines = checkout.make("deploy", "MODELS=models/embedded/models.toml")
    assert "pulumi config set catalog models/embedded/models.toml --stack dev" in lines


def test_a_new_stack_is_made_without_being_selected(tmp_path: Path) -> None:
    lines = Checkout(tmp_path, exists=False).make("deploy")
    assert lines[1] == "pulumi stack init dev --no-select"
    assert not [line for line in lines if "stack select" in line]


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
