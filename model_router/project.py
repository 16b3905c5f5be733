"""`model-router serve`, `bench`, `cost`: what runs on this machine."""

import errno
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from model_router.options import EMBEDDED, CatalogFile
from model_router.problem import ROOT, Problem, need_checkout

SERVE = ("model-router serve --port 8002",)
BENCH = ("model-router bench --quick",)
COST = ("model-router cost --requests 5000000",)


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the HTTP API listens; 0 takes any free port.")
    ] = 8000,
    catalog: CatalogFile = EMBEDDED,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    api_keys: Annotated[
        str, typer.Option(envvar="API_KEYS", help="Keys, comma-separated, each with a name if you like: name=key.")
    ] = "",
    max_sandboxes: Annotated[
        int | None, typer.Option(min=1, help="Processes of a model; past them it answers 429.")
    ] = None,
    lambda_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where Lambda's API listens.")] = None,
    warm_up_every: Annotated[float, typer.Option(min=0, help="Seconds between warm-ups, 0 for none.")] = 300,
    build: Annotated[
        bool, typer.Option("--build/--no-build", help="First build what is missing or out of date.")
    ] = True,
) -> None:
    """Serve the models on this machine, as AWS would."""
    need_checkout()
    from local.__main__ import main

    _check_port(host, port)
    if build:
        build_models(catalog, [])
    options = {"--catalog": catalog, "--host": host, "--port": port, "--warm-up-every": warm_up_every}
    options |= {"--max-sandboxes": max_sandboxes, "--lambda-port": lambda_port}
    given = [str(word) for name, value in options.items() if value is not None for word in (name, value)]
    problem = main(given, {**os.environ, "API_KEYS": api_keys})
    if problem is not None:
        raise Problem(problem)


def build_models(path: Path, ids: list[str]) -> None:
    """Check the artifacts that ship with the repository, and build the others, those out of date included.

    Raises CatalogError.
    """
    from models import __main__ as models
    from shared.catalog import Catalog

    models.run("build", Catalog.read(path), ids, ROOT)


def _check_port(host: str, port: int) -> None:
    """Raises Problem for a port that is taken, before anything that takes time."""
    from local.http_server import bind

    try:
        bind(host, port).close()
    except OSError as error:
        problem = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise Problem(f"Port {port} of {host} {problem}: choose another with --port.") from None


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="A few runs only, kept apart from the real results.")] = False,
    large: Annotated[bool, typer.Option("--large", help="The shapes of the large models instead.")] = False,
) -> None:
    """Measure this platform against its peers, on this machine. Takes long; nothing else should run."""
    need_checkout()
    from benchmarks import __main__ as benchmarks
    from benchmarks.command import Run

    benchmarks.measure(Run(quick=quick, large=large))


def cost(
    requests: Annotated[int | None, typer.Option(min=1, help="Show what so many requests cost, too.")] = None,
) -> None:
    """Show what requests and a deployment at rest cost on AWS: measured durations at list prices, never billed."""
    from model_router.prices import results
    from model_router.show import show_table

    of_requests, at_rest = results("cost"), results("at_rest")
    count = [] if requests is None else [f"{requests:,} requests"]
    rows = [
        (
            row["what"],
            f"${row['usd_per_million']:,}",
            *(f"${row['usd_per_million'] * (requests or 0) / 1e6:,.2f}" for _ in count),
        )
        for row in of_requests["rows"]
        if row["model"] and "usual way" not in row["what"]
    ]
    show_table(("requests", "a million", *count), rows)
    print()
    resting = [(row["what"], str(row["quantity"]), f"${row['usd']}") for row in at_rest["rows"]]
    total = sum(row["usd"] for row in at_rest["rows"])
    show_table(("at rest", "how many", "a month"), [*resting, ("all", "", f"${total:.2f}")])
    where = f"{of_requests['region']}, measured on {of_requests['date']}"
    print(f"\nList prices of {where}; free tiers and data transfer are left out.", file=sys.stderr)
