"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from model_router.problem import ROOT

EMBEDDED = ROOT / "models" / "embedded" / "models.toml"
LOCAL = "http://127.0.0.1:8000"

Url = Annotated[str, typer.Option(envvar="MODEL_ROUTER_URL", help="The platform to call.")]
Key = Annotated[
    str | None,
    typer.Option(
        envvar="MODEL_ROUTER_KEY",
        help="Its API key. Other users of this machine can see options: rather set the variable.",
    ),
]
ModelId = Annotated[str | None, typer.Option("--model", help="The model's id, where its task has several.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the response as it came.")]
Stack = Annotated[str, typer.Option(help="The deployment, a stack of Pulumi's.")]
CatalogFile = Annotated[Path, typer.Option("--catalog", help="The file that lists the models.")]


def example(*commands: str) -> str:
    """Return the end of a command's help. A test runs each of these commands."""
    return "\n\n".join(["Example:" if len(commands) == 1 else "Examples:", *(f"$ {command}" for command in commands)])
