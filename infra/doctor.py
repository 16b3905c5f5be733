"""`python -m infra.doctor`: whether this machine and this account can deploy a stack, before anything is tried.

The one module of `infra` that asks AWS by itself (boto3): Pulumi is not running when it does.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pulumi_aws as aws
from botocore.exceptions import BotoCoreError, ClientError

from infra import stack_config
from infra.builder import CREATE, PLATFORMS, Run, output, usable
from infra.deployment import deployable
from infra.names import PATTERN
from infra.package import RUNTIME
from shared.catalog import Catalog, CatalogError
from shared.manifest import FILE_NAME

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


def tools(architecture: str, run: Run = output) -> list[Finding]:
    """The programs that `pulumi up` needs, and a builder for the functions' architecture."""
    known = RUNTIME in {runtime.value for runtime in aws.lambda_.Runtime}
    python = RUNTIME + ("" if known else ": no runtime of Lambda; make .venv anew with PYTHON=python3.13")
    return [Finding(known, python), _pulumi(run), _builder(architecture, run)]


def _pulumi(run: Run) -> Finding:
    if run("pulumi", "version") is None:
        return Finding(False, "Pulumi's command: install it (https://www.pulumi.com/docs/install/).")
    if run("pulumi", "whoami", "--non-interactive") is None:
        return Finding(False, "Pulumi's command: log in (pulumi login, or pulumi login --local).")
    return Finding(True, "Pulumi's command, logged in")


def _builder(architecture: str, run: Run) -> Finding:
    platform = PLATFORMS[architecture]
    found = usable(run)
    running = [builder for builder in found if builder.running]
    if not running:
        start = f"docker buildx inspect {found[0].name} --bootstrap" if found else " ".join(CREATE)
        return Finding(False, f"no builder of images runs: start Docker, then `{start}`.")
    able = [builder.name for builder in running if platform in builder.platforms]
    if not able:
        machine = platform.partition("/")[2]
        emulate = f"docker run --privileged --rm tonistiigi/binfmt --install {machine}"
        remedy = f"`{emulate}`, then `docker buildx stop {running[0].name}`; the next build starts it again"
        return Finding(False, f"the builder {running[0].name} cannot build for {platform}: {remedy}.")
    return Finding(True, f"a builder of images for {platform}: {able[0]}")


def stack(name: str, settings: Mapping[str, str]) -> list[Finding]:
    """The stack's name and region."""
    found = []
    if not re.fullmatch(PATTERN, name):
        found.append(Finding(False, f"the stack's name {name!r}: use lower-case letters, digits and single hyphens."))
    if "aws:region" in settings:
        found.append(Finding(True, f"region {settings['aws:region']}, of Pulumi.{name}.yaml"))
    else:
        remedy = f"pulumi config set aws:region eu-central-1 --stack {name}"
        again = f"if it was deployed from another checkout, pulumi config refresh --stack {name}"
        found.append(Finding(False, f"Pulumi.{name}.yaml names no region: {remedy}; {again}."))
    return found


def account(
    settings: Mapping[str, str], connect: Callable[..., Any] = boto3.Session
) -> tuple[list[Finding], int | None]:
    """Credentials and quota of the account that the stack is in, and how many functions may run at once."""
    profile = settings.get("aws:profile") or os.environ.get("AWS_PROFILE")
    try:
        session = connect(profile_name=profile, region_name=settings.get("aws:region", "us-east-1"))
        identity = session.client("sts").get_caller_identity()
        limits = session.client("lambda").get_account_settings()["AccountLimit"]
    except (BotoCoreError, ClientError) as error:
        where = f"the profile {profile}" if profile else "the environment"
        text = f"credentials of {where}: {error}; log in (aws sso login), set AWS_PROFILE or aws:profile."
        return [Finding(False, text)], None
    concurrency: int = limits["ConcurrentExecutions"]
    found = [
        Finding(True, f"credentials of {identity['Arn']}"),
        Finding(True, f"{concurrency} concurrent executions, shared by all functions of the region"),
    ]
    return found, concurrency


def catalog(path: Path, root: Path, concurrency: int | None) -> list[Finding]:
    """The models: locked, built as the lock says, and within the account's quotas as far as they are known."""
    try:
        read = Catalog.read(path)
        lock = read.read_lock()
        built = [spec for spec in read if (read.artifact(spec.id, root) / FILE_NAME).exists()]
        for spec in built:
            deployable(read, spec, lock[spec.id], root)
    except CatalogError as error:
        return [Finding(False, str(error))]
    findings = [Finding(True, f"{len(read.specs)} models of {path.name}, locked")]
    unbuilt = [spec.id for spec in read if spec not in built]
    text = f"{', '.join(unbuilt)}: not built yet; `make deploy` does it" if unbuilt else "all built"
    findings.append(Finding(True, text))
    ready = sum(spec.instances.instances for spec in read if spec.instances)
    wanted = sum(spec.kept_warm for spec in read) + ready + 1
    if concurrency is not None and wanted > concurrency:
        text = f"what is warm or provisioned needs {wanted} executions at once, the account allows {concurrency}: "
        text += "lower `warm` or `instances`."
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
    """Examine a stack; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.doctor", description=__doc__)
    parser.add_argument("--stack", default="dev", help="default: %(default)s")
    parser.add_argument("--catalog", type=Path, help="default: the stack's setting")
    options = parser.parse_args(arguments)
    settings = stack_config.read(options.stack)
    found, concurrency = account(settings)
    models = catalog(options.catalog or ROOT / settings["catalog"], ROOT, concurrency)
    return report([*tools(settings["architecture"]), *stack(options.stack, settings), *found, *models])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
