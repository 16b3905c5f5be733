"""One command of Pulumi on the program of a checkout, in a process of its own, as a user's is.

`python -m tests.rehearsal.drive ORDER` where ORDER is JSON. The engine is `pulumi` itself; the program is handed to it
inline, because a machine with the command alone has no language host.
"""

import json
import runpy
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pulumi import automation

PROJECT = "model-router"
# How a program that has said everything ends (`sys.exit`), see Pulumi's language host.
SAID = 32


@dataclass(frozen=True, kw_only=True)
class Order:
    """`command` is a method of the Automation API's `Stack`, `options` its arguments; `outputs` is where they go."""

    command: str
    root: str
    stack: str
    environ: dict[str, str]
    outputs: str
    options: dict[str, Any] = field(default_factory=dict)


def program(root: Path) -> None:
    """Run the program as the language host does: its folder first on the path."""
    sys.path.insert(0, str(root))
    try:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")
    except SystemExit as exit_:
        if exit_.code:
            raise RuntimeError(f"the program ended with status {exit_.code}") from None


def main(order: Order) -> None:
    """Carry out the order; the engine's own output goes to this process's output."""
    root = Path(order.root)
    options = automation.LocalWorkspaceOptions(work_dir=order.root, env_vars=order.environ)
    stack = automation.create_or_select_stack(order.stack, PROJECT, lambda: program(root), opts=options)
    said = {"on_output": print, "color": "never"}
    try:
        result = getattr(stack, order.command)(**said, **order.options)
    except automation.errors.CommandError:
        sys.exit(1)
    outputs = getattr(result, "outputs", {})
    Path(order.outputs).write_text(json.dumps({name: output.value for name, output in outputs.items()}))


if __name__ == "__main__":
    main(Order(**json.loads(sys.argv[1])))


__all__ = ["Order", "asdict"]
