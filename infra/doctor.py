"""`python -m infra.doctor`: whether this machine and this account can deploy, before anything is tried.

The one module of `infra` that asks AWS by itself (boto3): Pulumi is not running when it does.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import deployable
from shared.catalog import Catalog, CatalogError

# What new accounts may get; the API does not tell it. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.md
NEW_ACCOUNT_MEMORY_MB = 3008
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Finding:
    """One line for people. What is not `fine` stops a deployment; a remedy belongs to it."""

    fine: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.fine else 'FAIL'}  {self.text}"


Run = Callable[[list[str]], bool]


def _succeeds(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


def tools(run: Run = _succeeds) -> list[Finding]:
    """The programs that `pulumi up` needs."""
    pulumi, engine = run(["pulumi", "version"]), run(["docker", "info"])
    return [
        Finding(
            pulumi, "Pulumi's command" + ("" if pulumi else ": install it (https://www.pulumi.com/docs/install/).")
        ),
        Finding(engine, "a container engine" + ("" if engine else ": start Docker, which builds the models' images.")),
    ]


def account(session: Any) -> tuple[list[Finding], int | None]:
    """Region, credentials and quota, and how many functions may run at once. `session` is a `boto3.Session`."""
    region = session.region_name
    if not region:
        return [Finding(False, "no region: set AWS_REGION, or `pulumi config set aws:region us-east-1`.")], None
    try:
        identity = session.client("sts").get_caller_identity()
        limits = session.client("lambda").get_account_settings()["AccountLimit"]
    except (BotoCoreError, ClientError) as error:
        fault = Finding(False, f"credentials: {error}; log in (aws sso login) or set AWS_PROFILE.")
        return [Finding(True, f"region {region}"), fault], None
    concurrency: int = limits["ConcurrentExecutions"]
    found = [
        Finding(True, f"region {region}"),
        Finding(True, f"credentials of {identity['Arn']}"),
        Finding(True, f"{concurrency} concurrent executions, shared by all functions of the region"),
    ]
    return found, concurrency


def catalog(path: Path, root: Path, concurrency: int | None) -> list[Finding]:
    """The models: locked, built, and within the account's quotas as far as they are known."""
    try:
        read = Catalog.read(path)
        lock = read.read_lock()
        for spec in read:
            deployable(read, spec, lock[spec.id], root)
    except CatalogError as error:
        return [Finding(False, str(error))]
    findings = [Finding(True, f"{len(read.specs)} models of {path.name}, locked and built")]
    wanted = sum(spec.warm for spec in read) + 1
    if concurrency is not None and wanted > concurrency:
        text = f"a warm-up needs {wanted} executions at once, the account allows {concurrency}: lower `warm`."
        findings.append(Finding(False, text))
    large = [spec.id for spec in read if spec.memory_mb > NEW_ACCOUNT_MEMORY_MB]
    if large:
        text = f"{', '.join(large)}: more than {NEW_ACCOUNT_MEMORY_MB} MB, which new accounts have to ask AWS for"
        findings.append(Finding(True, text))
    return findings


def report(findings: Iterable[Finding], tell: Callable[[str], object] = print) -> int:
    """Tell all findings; returns the exit status."""
    every = list(findings)
    for finding in every:
        tell(str(finding))
    return 0 if all(finding.fine for finding in every) else 1


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]) if arguments else ROOT / "models.toml"
    found, concurrency = account(boto3.Session())
    return report([*tools(), *found, *catalog(path, ROOT, concurrency)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
