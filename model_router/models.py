"""`model-router models`: the catalog, its lock and its artifacts."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from model_router.options import EMBEDDED, CatalogFile, Key, example
from model_router.problem import ROOT, Problem, need_checkout

app = typer.Typer(
    help="List, add, build, lock and check models.",
    epilog=example("model-router models list"),
    no_args_is_help=True,
)
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="The models; all where none is named.")]


@app.command("list", epilog=example("model-router models list", "model-router models list --url http://127.0.0.1:8000"))
def list_(
    catalog: CatalogFile = EMBEDDED,
    url: Annotated[
        str | None, typer.Option(envvar="MODEL_ROUTER_URL", help="A running platform, in place of a catalog.")
    ] = None,
    key: Key = None,
) -> None:
    """List the models of a catalog, or those that a running platform serves."""
    from model_router.show import show_table

    if url is None:
        need_checkout()
        show_table(("id", "task", "source", "state"), _of_catalog(catalog))
        return
    from model_router.client import Client

    with Client(url, key) as client:
        served = client.get("/v1/models")["data"]
    columns = ("id", "task", "license", "quantization", "max_tokens", "revision")
    show_table(
        [column.replace("_", " ") for column in columns], [[str(one[name]) for name in columns] for one in served]
    )


def _of_catalog(path: Path) -> list[tuple[str, str, str, str]]:
    """Return id, task, source and state of each entry. Raises CatalogError."""
    from shared.artifact import read
    from shared.catalog import Catalog, CatalogError

    catalog = Catalog.read(path)
    rows = []
    for spec in catalog:
        try:
            state = f"built, {read(catalog, spec, ROOT).quantization}"
        except CatalogError:
            state = "not built"
        rows.append((spec.id, spec.task, spec.source, state if catalog.lock_path.exists() else f"{state}, not locked"))
    return rows


@app.command(epilog=example("model-router models add tiny hf://me/tiny --service rerank --catalog my.toml"))
def add(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="Its name, which is its route, too, unless --task says another.")
    ],
    source: Annotated[
        str, typer.Argument(help="hf://owner/name[@revision], s3://bucket/prefix, file:path or package:module.")
    ],
    service: Annotated[str, typer.Option(help="What kind it is: a folder of services/.")],
    task: Annotated[str | None, typer.Option(help="Its route, POST /v1/TASK.")] = None,
    default: Annotated[
        bool, typer.Option("--default", help="It answers when a request of the task names no model.")
    ] = False,
    license_: Annotated[str | None, typer.Option("--license", help="Its licence, if the source does not say.")] = None,
    memory_mb: Annotated[int | None, typer.Option(help="The memory of its function.")] = None,
    catalog: CatalogFile = ROOT / "models.toml",
) -> None:
    """Add a model to a catalog, which is made if it is missing. Nothing is downloaded yet."""
    need_checkout()
    from shared.catalog import Catalog, CatalogError

    entry: dict[str, Any] = {"task": task, "service": service, "source": source, "default": default or None}
    entry |= {"license": license_, "memory_mb": memory_mb}
    before = catalog.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if catalog.exists() else ""
    if before.strip() and any(spec.id == id_ for spec in Catalog.read(catalog)):
        raise Problem(f"{catalog} has an entry [{id_}] already: choose another id, or change that one.")
    new = catalog.with_name(f"{catalog.name}.new")
    new.write_text(before.lstrip("\n") + _table(id_, entry), encoding="utf-8")
    try:
        Catalog.read(new)
    except CatalogError as error:
        new.unlink()
        raise Problem(str(error).replace(str(new.resolve()), str(catalog))) from None
    os.replace(new, catalog)
    print(f"[{id_}] stands in {catalog}. Next:")
    for verb in ("models lock", "models build", "serve"):
        print(f"  model-router {verb} --catalog {catalog}")


def _table(id_: str, entry: dict[str, Any]) -> str:
    """Return an entry as TOML, whose strings, numbers and booleans are JSON's."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items() if value is not None]
    return "\n".join([f"[{json.dumps(id_) if not id_.replace('-', '').isalnum() else id_}]", *lines]) + "\n"


@app.command(epilog=example("model-router models build qa"))
def build(ids: Ids = None, catalog: CatalogFile = EMBEDDED) -> None:
    """Make the artifacts of models: export, optimise, quantize, measure. What is up to date stays."""
    need_checkout()
    from model_router.project import build_models
    from shared.catalog import Catalog

    named = ids or [spec.id for spec in Catalog.read(catalog)]
    began = time.monotonic()
    for done, id_ in enumerate(named):
        took_s = time.monotonic() - began
        left = f", about {took_s / done * (len(named) - done) / 60:.0f} min left" if done and took_s > 60 else ""
        print(f"Model {done + 1} of {len(named)}: {id_}{left}", file=sys.stderr)
        build_models(catalog, [id_])


@app.command(epilog=example("model-router models lock --catalog models.toml"))
def lock(catalog: CatalogFile = EMBEDDED) -> None:
    """Write the revision, the licence and the digests of all sources beside the catalog."""
    _run("lock", None, catalog)


@app.command(epilog=example("model-router models check embeddings"))
def check(ids: Ids = None, catalog: CatalogFile = EMBEDDED) -> None:
    """Check that artifacts are what catalog, lock and manifests say, to the last byte."""
    _run("check", ids, catalog)


def _run(command: str, ids: list[str] | None, path: Path) -> None:
    need_checkout()
    from models import __main__ as models
    from shared.catalog import Catalog

    for line in models.run(command, Catalog.read(path), ids or [], ROOT):
        print(line)
