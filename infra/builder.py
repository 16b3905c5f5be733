"""The builder of images. `python -m infra.builder` makes one where there is none that Pulumi's provider takes.

Docker's own builder is none: the provider would make another in its place, in 30 seconds or never, and leave it behind.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

# Of buildx's drivers, those that the provider knows.
DRIVERS = ("docker-container", "kubernetes", "remote")
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
CREATE = ("docker", "buildx", "create", "--name", "model-router", "--driver", "docker-container", "--bootstrap")

# Runs a command; returns what it prints, or None when it cannot be run or fails.
Run = Callable[..., str | None]


def output(*command: str) -> str | None:
    """What a command prints; None when it cannot be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True, kw_only=True)
class Builder:
    """One of buildx's builders: whether all of its nodes run, and the platforms it builds for, by emulation too."""

    name: str
    driver: str
    running: bool
    platforms: frozenset[str]


def usable(run: Run = output) -> list[Builder]:
    """The builders that the provider would take, whether they run or not."""
    listing = (run("docker", "buildx", "ls") or "").splitlines()[1:]
    names = [line.split()[0].removesuffix("*") for line in listing if line and not line.startswith((" ", "\\"))]
    found = (_inspected(name, run) for name in names)
    return [builder for builder in found if builder is not None and builder.driver in DRIVERS]


def _inspected(name: str, run: Run) -> Builder | None:
    text = run("docker", "buildx", "inspect", name)
    if text is None:
        return None
    facts = re.findall(r"^(Driver|Status|Platforms):\s*(.*)$", text, flags=re.MULTILINE)
    states = [value.strip() for key, value in facts if key == "Status"]
    platforms = (
        word.strip().removesuffix("*") for key, value in facts if key == "Platforms" for word in value.split(",")
    )
    return Builder(
        name=name,
        driver=next((value.strip() for key, value in facts if key == "Driver"), ""),
        running=bool(states) and all(state == "running" for state in states),
        platforms=frozenset(platforms),
    )


def main(run: Run = output, make: Callable[..., "subprocess.CompletedProcess[bytes]"] = subprocess.run) -> str | None:
    """Make or start a builder where none runs. Returns what went wrong, in a sentence."""
    found = usable(run)
    if any(builder.running for builder in found):
        return None
    if run("docker", "buildx", "version") is None:
        return "docker buildx is missing: install it before you deploy (https://docs.docker.com/engine/install/)."
    command = ("docker", "buildx", "inspect", found[0].name, "--bootstrap") if found else CREATE
    print(f"A builder for the images: {' '.join(command)}", flush=True)
    if make(command).returncode != 0:
        return "The builder could not be made; mend what Docker says above, and run `make setup` again."
    return None


if __name__ == "__main__":
    # Everything else that is set up is of use without a builder.
    problem = main()
    if problem:
        print(problem, file=sys.stderr)
