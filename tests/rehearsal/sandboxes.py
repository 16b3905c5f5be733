"""The models' sandboxes, as the local stack runs them, behind the URL to which the emulator forwards invocations."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from local.function import Function
from local.functions import Functions
from local.http_server import HttpServer, address, bind
from local.launcher import LocalLauncher
from shared.catalog import Catalog


@dataclass
class Sandboxes:
    """One function per model of a catalog. `events` keeps what was sent to each, and what it replied."""

    url: str = ""
    events: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)

    def replies_to_pings(self, model_id: str) -> list[dict[str, Any]]:
        return [reply for name, event, reply in self.events if name == model_id and "ping" in event]


@contextlib.contextmanager
def sandboxes(catalog: Catalog, root: Path) -> Iterator[Sandboxes]:
    """Serve the models in a thread of their own, from `url`/<model id>."""
    served = Sandboxes()
    functions = _functions(catalog, root)
    bound = bind("127.0.0.1", 0)
    served.url = "http://{}:{}".format(*address(bound))
    with start_blocking_portal() as portal:
        server = HttpServer(_app(functions, served), bound)
        portal.call(server.start)
        try:
            yield served
        finally:
            portal.call(functions.stop)
            portal.call(server.stop)


def _functions(catalog: Catalog, root: Path) -> Functions:
    functions = Functions()
    for spec in catalog:
        artifact = catalog.artifact(spec.id, root)
        functions.define(
            Function(
                name=spec.id,
                handler=f"services.{spec.service}.handler.handler",
                launcher=LocalLauncher(root),
                memory_mb=spec.memory_mb,
                timeout_s=spec.timeout_s,
                environment={"MODEL_DIR": str(artifact)},
                max_sandboxes=2,
            )
        )
    return functions


def _app(functions: Functions, served: Sandboxes) -> Router:
    async def invoke(request: Request) -> Response:
        model_id, event = request.path_params["model_id"], await request.body()
        result = await functions.invoke(model_id, event, wait=True)
        served.events.append((model_id, json.loads(event), json.loads(result.outcome.payload)))
        # The emulator takes any other status for a function error.
        status = 200 if result.outcome.error_type is None else 500
        return Response(result.outcome.payload, status, media_type="application/json")

    return Router([Route("/{model_id}", invoke, methods=["POST"])])
