"""The commands by name, and how their failures are told. Imports nothing that takes time."""

import importlib.metadata
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from model_router import account, calls, embed, models, project
from model_router.options import example
from model_router.problem import Interrupted, Problem

app = typer.Typer(
    help="Serve small language models on this machine or on AWS, and call them.",
    epilog=example("model-router ask 'Who keeps the lamp?' -c 'Ruth keeps the lamp.'"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(importlib.metadata.version("model-router"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version.")
    ] = False,
) -> None:
    # Without a docstring: the help of the whole command is above.
    pass


HERE, CALL, AWS = "On this machine", "Call a running platform", "On AWS"
app.add_typer(models.app, name="models", rich_help_panel=HERE)

COMMANDS: Sequence[tuple[str, Callable[..., Any], str, Sequence[str]]] = (
    ("serve", project.serve, HERE, project.SERVE),
    ("bench", project.bench, HERE, project.BENCH),
    ("cost", project.cost, HERE, project.COST),
    ("ask", calls.ask, CALL, calls.ASK),
    ("embed", embed.embed, CALL, embed.EMBED),
    ("rerank", calls.rerank, CALL, calls.RERANK),
    ("classify", calls.classify, CALL, calls.CLASSIFY),
    ("entities", calls.entities, CALL, calls.ENTITIES),
    ("doctor", account.doctor, AWS, account.DOCTOR),
    ("deploy", account.deploy, AWS, account.DEPLOY),
    ("rollback", account.rollback, AWS, account.ROLLBACK),
    ("logs", account.logs, AWS, account.LOGS),
)
for name, command, panel, examples in COMMANDS:
    app.command(name, rich_help_panel=panel, epilog=example(*examples))(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command; return the exit status."""
    try:
        status: int = app(arguments, prog_name="model-router", standalone_mode=False) or 0
        # Typer makes this status of Ctrl-C, and says nothing.
        if status == INTERRUPTED:
            tell("Stopped.")
        return status
    except typer.TyperException as error:
        # Without a command there is help to read, and nothing more to say.
        if error.format_message():
            tell(f"{error.format_message().rstrip('.')}. `model-router {_named(error)}--help` shows how.")
        return error.exit_code
    except Interrupted as stop:
        tell(str(stop))
        return INTERRUPTED
    except Problem as problem:
        tell(str(problem))
        return 1
    except BrokenPipeError:
        # Whoever read the output has enough. Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _unless_known(error)


def tell(sentence: str) -> None:
    """Write a sentence to stderr."""
    print(sentence, file=sys.stderr)


def _named(error: typer.TyperException) -> str:
    """Return the command that was misused, with the space that follows it."""
    path = getattr(getattr(error, "ctx", None), "command_path", "model-router").split()[1:]
    return "".join(f"{part} " for part in path)


def _unless_known(error: Exception) -> int:
    """Tell the failures of the project's own modules and of the system; raise any other, which is a bug."""
    from shared.catalog import CatalogError

    if isinstance(error, CatalogError):
        tell(str(error))
        return 1
    if isinstance(error, OSError):
        tell(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
        return 1
    raise error
