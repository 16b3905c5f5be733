"""`model-router doctor`, `deploy`, `rollback`, `logs`: what concerns a deployment on AWS."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from model_router.options import Stack
from model_router.problem import ROOT, Problem, need_checkout

DOCTOR = ("model-router doctor --stack dev",)
DEPLOY = ("model-router deploy --catalog models/embedded/models.toml --yes",)
ROLLBACK = ("model-router rollback", "model-router rollback qa=3 --yes", "model-router rollback --newest --yes")
LOGS = ("model-router logs router --lines 20", "model-router logs qa --stack dev --since 15m")
PIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*=[1-9]\d*")
SINCE = re.compile(r"(\d+)([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]
DeployedCatalog = Annotated[
    Path | None, typer.Option("--catalog", help="The file that lists the models; the stack's setting where left out.")
]


def doctor(stack: Stack = "dev", catalog: DeployedCatalog = None) -> None:
    """Check tools, builder, region, account, quotas, lock and artifacts, before a deployment."""
    need_checkout()
    from infra.doctor import main

    raise typer.Exit(main(["--stack", stack, *(["--catalog", str(catalog)] if catalog else [])]))


def deploy(stack: Stack = "dev", catalog: DeployedCatalog = None, yes: Yes = False) -> None:
    """Build the models of a stack and deploy them to AWS. The catalog named is kept as the stack's setting."""
    need_checkout()
    from model_router.project import build_models
    from model_router.pulumi import ask_pulumi, run_pulumi, up

    if ask_pulumi("stack", "--stack", stack, "--show-name") is None:
        run_pulumi("stack", "init", stack, "--no-select")
    if catalog is not None:
        whole = catalog.resolve()
        named = whole.relative_to(ROOT) if whole.is_relative_to(ROOT) else whole
        run_pulumi("config", "set", "catalog", str(named), "--stack", stack)
    from infra import stack_config
    from infra.settings import no_region

    settings = stack_config.read(stack, ROOT)
    if "aws:region" not in settings:
        raise Problem(f"{no_region()} Both with --stack {stack}.")
    build_models(ROOT / settings["catalog"], [])
    up(stack, yes)


def rollback(
    versions: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL=VERSION...", help="What to go back to.")
    ] = None,
    newest: Annotated[bool, typer.Option("--newest", help="Go back to the newest version of everything.")] = False,
    stack: Stack = "dev",
    yes: Yes = False,
) -> None:
    """Serve earlier versions of models, or without arguments show which are live."""
    need_checkout()
    from model_router.pulumi import ask_pulumi, run_pulumi, up

    if versions and newest:
        raise Problem("Versions and --newest exclude each other: give one.")
    for pin in versions or []:
        if not PIN.fullmatch(pin):
            raise Problem(f"{pin!r} names no version: write it as qa=3.")
    pinned = (ask_pulumi("config", "get", "pinnedVersions", "--stack", stack) or "").strip()
    said = ask_pulumi("stack", "output", "versions", "--json", "--stack", stack)
    if newest:
        run_pulumi("config", "rm", "pinnedVersions", "--stack", stack)
        up(stack, yes)
    elif versions:
        _check_parts(versions, said, stack)
        pins = dict(pin.split("=") for pin in [*filter(None, pinned.split(",")), *versions])
        joined = ",".join(f"{name}={version}" for name, version in pins.items())
        run_pulumi("config", "set", "pinnedVersions", joined, "--stack", stack)
        up(stack, yes)
    else:
        _show_versions(said, pinned, stack)


def _check_parts(pins: Sequence[str], said: str | None, stack: str) -> None:
    """Raises Problem for a pin of what the stack does not have: it would stop every later deployment, too."""
    live = json.loads(said or "{}")
    unknown = [name for name in (pin.partition("=")[0] for pin in pins) if name not in live]
    if unknown:
        known = ", ".join(live) or "nothing yet"
        raise Problem(f"The stack {stack} has no {', '.join(unknown)}: it has {known}.")


def _show_versions(said: str | None, pinned: str, stack: str) -> None:
    from model_router.show import show_table

    if said is None:
        raise Problem(f"The stack {stack} has no versions yet: `model-router deploy --stack {stack}` makes them.")
    pins = dict(pin.split("=") for pin in filter(None, pinned.split(",")))
    live = {name: str(version) for name, version in json.loads(said).items()}
    show_table(("part", "live", "pinned"), [(name, version, pins.get(name, "")) for name, version in live.items()])


def logs(
    part: Annotated[str, typer.Argument(help="A model's id, or router.")] = "router",
    stack: Annotated[str | None, typer.Option(help="A deployment; this machine's platform where left out.")] = None,
    since: Annotated[str, typer.Option(help="How far to go back in a deployment's log: 30s, 15m, 2h, 1d.")] = "10m",
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many lines of a local log to show.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
) -> None:
    """Show what a function logged. No log holds a request's text."""
    need_checkout()
    from model_router.logs import of_deployment, of_this_machine

    if stack is None:
        said = of_this_machine(ROOT / "build" / "local" / "logs", part, lines, follow)
    else:
        match = SINCE.fullmatch(since)
        if match is None:
            raise Problem(f"--since {since!r} is no time: write it as 30s, 15m, 2h or 1d.")
        said = of_deployment(stack, part, int(match[1]) * SECONDS[match[2]], follow)
    for line in said:
        print(line, flush=follow)
