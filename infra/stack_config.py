"""A stack's settings outside of Pulumi: what its file says, else Pulumi.yaml's defaults.

`python -m infra.stack_config KEY STACK` prints one, unless the stack lacks its settings. Pulumi itself is not needed,
nor is a passphrase.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from infra.settings import no_region

ROOT = Path(__file__).parents[1]


def read(stack: str, root: Path = ROOT) -> dict[str, str]:
    """The settings by name, those of the provider as `aws:region`. Encrypted ones are left out."""
    project = _load(root / "Pulumi.yaml")
    prefix = f"{project['name']}:"
    defaults = {key: entry["default"] for key, entry in project["config"].items()}
    own = _load(root / f"Pulumi.{stack}.yaml").get("config") or {}
    given = {key.removeprefix(prefix): value for key, value in own.items() if not isinstance(value, dict | list)}
    return {key: str(value) for key, value in {**defaults, **given}.items()}


def project(root: Path = ROOT) -> str:
    """The project's name, with which the names of all that a deployment makes begin."""
    return str(_load(root / "Pulumi.yaml")["name"])


def _load(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}


def main(key: str, stack: str) -> str | None:
    """Print one setting. Returns what went wrong, in a sentence."""
    settings = read(stack)
    if "aws:region" not in settings:
        return f"{no_region()} Both with --stack {stack}."
    print(settings[key])
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
