"""Runs Pulumi's command in the checkout. Knows no stack's settings."""

import subprocess
import sys

import typer

from model_router.problem import ROOT, Problem


def ask_pulumi(*arguments: str) -> str | None:
    """Return what Pulumi prints; None when it fails. Raises Problem where it is not installed."""
    try:
        done = subprocess.run(["pulumi", *arguments], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        raise _missing() from None
    return done.stdout if done.returncode == 0 else None


def run_pulumi(*arguments: str) -> None:
    """Run Pulumi before the user's eyes. Raises Exit with its status when it fails: it has said why.

    Ctrl-C reaches it, too, and it ends in its own time: killed, it would leave things in the account that it forgot.
    """
    try:
        process = subprocess.Popen(["pulumi", *arguments], cwd=ROOT)
    except FileNotFoundError:
        raise _missing() from None
    while True:
        try:
            status = process.wait()
            break
        except KeyboardInterrupt:
            continue
    if status != 0:
        raise typer.Exit(status if status > 0 else 130)


def up(stack: str, yes: bool) -> None:
    """Make the deployment what its settings say. Without a terminal nobody can be asked."""
    run_pulumi("up", "--stack", stack, *(["--yes"] if yes or not sys.stdin.isatty() else []))


def _missing() -> Problem:
    return Problem("Pulumi's command is not installed: https://www.pulumi.com/docs/install/ says how.")
