"""`model-router embed`: its command line."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from model_router.options import LOCAL, Key, ModelId, Url
from model_router.problem import Problem

EMBED = (
    "model-router embed texts.txt --out vectors.npy",
    "model-router embed reviews.csv --field review --keep id -o out.jsonl",
    "cat texts.txt | model-router embed - > vectors.jsonl",
)
STDIN = Path("-")


class InputFormat(StrEnum):
    """What an input may be."""

    text = "text"
    jsonl = "jsonl"
    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"


class Empty(StrEnum):
    """What becomes of an empty text."""

    stop = "stop"
    null = "null"


def embed(
    input_: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Text (one a line), JSONL, CSV, TSV or Parquet, also .gz; - is stdin."),
    ] = STDIN,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .jsonl, .npy or .parquet file; JSONL on stdout where left out."),
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="The field or column that holds the text; 'text' where left out.")
    ] = None,
    keep: Annotated[list[str] | None, typer.Option(help="A field to copy into the output; may be repeated.")] = None,
    format_: Annotated[
        InputFormat | None, typer.Option("--format", help="What FILE holds, if not as its name says.")
    ] = None,
    empty: Annotated[
        Empty, typer.Option(help="Stop at an empty text, or write null (NaN in .npy) for it.")
    ] = Empty.stop,
    dimensions: Annotated[int | None, typer.Option(min=1, help="Keep the first numbers of each vector only.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Texts in a request.")] = 64,
    parallel: Annotated[int, typer.Option(min=1, max=256, help="Requests at a time.")] = 4,
    retry_for: Annotated[
        float, typer.Option(min=0, help="Seconds for which a request that failed is sent again.")
    ] = 300,
    price: Annotated[
        float | None, typer.Option(min=0, help="USD per million tokens, to show the cost where it is not known.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT, if it exists.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Forget what an interrupted run left.")] = False,
    model: ModelId = None,
    url: Url = LOCAL,
    key: Key = None,
) -> None:
    """Turn each text of a file into a vector.

    With --out an interrupted run, even a killed one, is continued by the same command: no text is lost, none is
    written twice. Order is kept, memory does not grow with the file.
    """
    from model_router.client import Client
    from model_router.embedding.formats import format_of
    from model_router.embedding.part import Part
    from model_router.embedding.rows import open_input
    from model_router.embedding.run import Run
    from model_router.embedding.send import Embedder
    from model_router.prices import usd_per_token

    path = None if input_ == STDIN else input_
    if path is None and sys.stdin.isatty():
        raise Problem("There is nothing to read: name a file, or pipe texts into this command.")
    kept = tuple(keep or ())
    with (
        Client(url, key, connections=parallel) as client,
        open_input(path, format_.value if format_ else None, field, kept) as read,
    ):
        served = client.model("embeddings", model)
        length = _length(served, dimensions)
        client.patience_s = retry_for
        run = Run(
            input=read,
            embedder=Embedder(client, served["id"], served["task"], length, read.where),
            items=min(batch, served["limits"]["items"]),
            parallel=parallel,
            takes_empty=empty is Empty.null,
            usd_per_token=usd_per_token(served) if price is None else price / 1e6,
        )
        if out is None:
            run.into_stream(sys.stdout.buffer, kept)
            return
        settings = {"model": served["id"], "revision": served["revision"], "dimensions": length}
        settings |= {"keep": list(kept)}
        part = Part.open(out, format_of(out, length, kept), settings, overwrite=overwrite, restart=restart)
        print(run.into_file(part), file=sys.stderr)


def _length(served: Mapping[str, Any], dimensions: int | None) -> int:
    """Return how many numbers each vector will have. Raises Problem for more than the model gives."""
    given = served["dimensions"]
    if not given or (dimensions or 0) > given:
        has = f"vectors of {given} numbers" if given else "no vectors"
        raise Problem(f"{served['id']} gives {has}: correct --model or --dimensions.")
    return int(dimensions or given)
