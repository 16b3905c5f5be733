"""What the doctor says of a machine and an account. Sessions are boto3's own wherever they are asked for no answer."""

from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from infra import builder, doctor, stack_config
from tests.infra.project import CATALOG, Project

LISTING = """\
NAME/NODE           DRIVER/ENDPOINT                   STATUS    BUILDKIT   PLATFORMS
default*            docker
 \\_ default          \\_ default                       running   v0.20.0    linux/amd64 (+3)
model-router        docker-container
 \\_ model-router0    \\_ unix:///var/run/docker.sock   {status}   v0.20.0    linux/amd64 (+3)
"""
INSPECTED = """\
Name:          {name}
Driver:        {driver}
Last Activity: 2026-11-21 16:12:54 +0000 UTC

Nodes:
Name:      {name}0
Endpoint:  unix:///var/run/docker.sock
Status:    {status}
Platforms: {platforms}
"""


class Machine:
    """Plays the commands: which are there, and the builder besides Docker's own."""

    def __init__(
        self, *, missing: str = "", status: str = "running", platforms: str = "linux/amd64*, linux/386"
    ) -> None:
        self.missing = missing
        self.status = status
        self.platforms = platforms

    def __call__(self, *command: str) -> str | None:
        line = " ".join(command)
        if self.missing and line.startswith(self.missing):
            return None
        if line == "docker buildx ls":
            return LISTING.format(status=self.status) if self.status else LISTING[: LISTING.index("model-router ")]
        if line.startswith("docker buildx inspect"):
            driver = "docker" if command[-1] == "default" else "docker-container"
            return INSPECTED.format(name=command[-1], driver=driver, status=self.status, platforms=self.platforms)
        return ""


@dataclass
class Account:
    """An account as boto3 shows it: the Session and its two clients in one."""

    concurrency: int = 1000
    logged_in: bool = True

    def client(self, service: str) -> "Account":
        return self

    def get_caller_identity(self) -> dict[str, Any]:
        if not self.logged_in:
            raise NoCredentialsError
        return {"Arn": "arn:aws:iam::123456789012:user/somebody"}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.concurrency}}


def failed(findings: list[doctor.Finding]) -> list[str]:
    return [finding.text for finding in findings if not finding.fine]


def test_a_machine_with_all_tools_is_fine() -> None:
    found = doctor.tools("x86_64", Machine())
    assert failed(found) == []
    assert "a builder of images for linux/amd64: model-router" in found[-1].text


@pytest.mark.parametrize(
    ("machine", "remedy"),
    [
        (Machine(missing="pulumi version"), "install it"),
        (Machine(missing="pulumi whoami"), "pulumi login"),
        # Docker's own builder, which the provider never uses.
        (Machine(status=""), "docker buildx create --name model-router --driver docker-container --bootstrap"),
        (Machine(missing="docker"), "docker buildx create --name model-router"),
        (Machine(status="inactive"), "docker buildx inspect model-router --bootstrap"),
    ],
)
def test_what_is_missing_is_told_with_its_remedy(machine: Machine, remedy: str) -> None:
    (fault,) = failed(doctor.tools("x86_64", machine))
    assert remedy in fault


def test_another_architecture_needs_emulation() -> None:
    (fault,) = failed(doctor.tools("arm64", Machine()))
    assert "cannot build for linux/arm64" in fault
    assert "tonistiigi/binfmt --install arm64" in fault
    assert failed(doctor.tools("arm64", Machine(platforms="linux/amd64, linux/arm64"))) == []


def test_a_python_that_lambda_has_no_runtime_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "RUNTIME", "python3.99")
    (fault,) = failed(doctor.tools("x86_64", Machine()))
    assert "no runtime of Lambda" in fault


def test_a_region_is_the_stacks_own() -> None:
    (found,) = doctor.stack("dev", {"aws:region": "eu-north-1"})
    assert str(found) == "ok    region eu-north-1, of Pulumi.dev.yaml"
    (fault,) = failed(doctor.stack("dev", {}))
    assert "pulumi config set aws:region eu-central-1 --stack dev" in fault
    assert "pulumi config refresh --stack dev" in fault


def test_a_stacks_name_is_looked_at() -> None:
    assert "lower-case" in failed(doctor.stack("Prod", {"aws:region": "eu-north-1"}))[0]


def test_the_session_is_in_the_stacks_region_and_of_its_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-the-environment")
    asked: list[dict[str, Any]] = []

    def connect(**arguments: Any) -> Account:
        asked.append(arguments)
        return Account()

    doctor.account({"aws:region": "eu-north-1", "aws:profile": "of-the-stack"}, connect)
    doctor.account({"aws:region": "eu-north-1"}, connect)
    assert asked == [
        {"profile_name": "of-the-stack", "region_name": "eu-north-1"},
        {"profile_name": "of-the-environment", "region_name": "eu-north-1"},
    ]


def test_an_account_is_told_with_its_quota() -> None:
    found, concurrency = doctor.account({}, lambda **_: Account())
    assert failed(found) == []
    assert concurrency == 1000
    assert "user/somebody" in str(found[0])


def test_a_profile_that_does_not_exist_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (fault,), concurrency = doctor.account({"aws:region": "eu-north-1"}, boto3.Session)
    assert "credentials of the profile nobody" in str(fault)
    assert "\n" not in str(fault)
    assert concurrency is None


def test_an_account_without_credentials_is_told_with_the_remedy() -> None:
    (fault,), _ = doctor.account({}, lambda **_: Account(logged_in=False))
    assert "aws sso login" in fault.text


def test_models_that_can_be_deployed_are_counted(project: Project) -> None:
    found = doctor.catalog(project.root / "models.toml", project.root, 1000)
    assert list(map(str, found)) == ["ok    3 models of models.toml, locked", "ok    all built"]


def test_models_that_are_not_built_yet_are_told_and_are_no_fault(project: Project) -> None:
    (project.artifact("qa") / "manifest.json").unlink()
    _, found = doctor.catalog(project.root / "models.toml", project.root, None)
    assert str(found) == "ok    qa: not built yet; `make deploy` does it"


def test_models_that_are_not_what_was_locked_are_a_fault(project: Project) -> None:
    project.change_manifest("qa", revision="r0")
    (fault,) = doctor.catalog(project.root / "models.toml", project.root, None)
    assert not fault.fine
    assert "run `make models" in fault.text
    (project.root / "models.lock").unlink()
    assert "run `make lock" in failed(doctor.catalog(project.root / "models.toml", project.root, None))[0]


def test_a_new_accounts_quotas_are_compared_with_the_catalog(project: Project) -> None:
    project.write_catalog(CATALOG.replace("memory_mb = 3008", "memory_mb = 4096"))
    _, _, few, large = doctor.catalog(project.root / "models.toml", project.root, 4)
    assert not few.fine
    assert "needs 5 executions at once, the account allows 4" in few.text
    assert large.fine
    assert "spanish-qa: more than 3008 MB" in large.text


def test_one_fault_is_enough_to_fail() -> None:
    told: list[str] = []
    assert doctor.report([doctor.Finding(True, "one")], told.append) == 0
    assert doctor.report([doctor.Finding(True, "one"), doctor.Finding(False, "two")], told.append) == 1
    assert told[-1] == "FAIL  two"


def test_a_stacks_settings_are_its_files_and_the_projects_defaults(project: Project) -> None:
    assert stack_config.read("dev", project.root)["catalog"] == "models.toml"
    own = "config:\n  aws:region: eu-north-1\n  model-router:catalog: other.toml\n"
    (project.root / "Pulumi.dev.yaml").write_text(f"{own}  model-router:x:\n    secure: abc\n")
    found = stack_config.read("dev", project.root)
    assert (found["aws:region"], found["catalog"], found["architecture"]) == ("eu-north-1", "other.toml", "x86_64")
    assert "x" not in found


class Making:
    """Plays the command that makes a builder."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.commands: list[str] = []

    def __call__(self, command: tuple[str, ...]) -> "CompletedProcess[bytes]":
        self.commands.append(" ".join(command))
        return CompletedProcess(command, self.status)


@pytest.mark.parametrize(
    ("machine", "commands"),
    [
        (Machine(), []),
        (Machine(status=""), [" ".join(builder.CREATE)]),
        (Machine(status="stopped"), ["docker buildx inspect model-router --bootstrap"]),
    ],
)
def test_a_builder_is_made_only_where_none_runs(machine: Machine, commands: list[str]) -> None:
    make = Making()
    assert builder.main(machine, make) is None
    assert make.commands == commands


def test_a_builder_that_cannot_be_made_is_told() -> None:
    assert "mend what Docker says" in str(builder.main(Machine(status=""), Making(1)))
    assert "docker buildx is missing" in str(builder.main(Machine(missing="docker buildx"), Making()))
