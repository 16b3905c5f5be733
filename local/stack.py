"""The whole platform on this machine: the models and the router as functions, the Invoke API and the HTTP API."""

import asyncio
import contextlib
import json
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from local.cors import Cors
from local.function import Function, InvokeError, arn
from local.functions import Functions
from local.gateway import Gateway
from local.http_server import SILENT_S, HttpServer, address
from local.invoke_api import invoke_api
from local.launcher import Launcher, LocalLauncher
from shared.catalog import Catalog, Spec
from shared.deployment import (
    ALIAS,
    FUNCTION_ENVIRONMENT,
    IMAGE_HANDLER,
    MODEL_ENVIRONMENT,
    ROUTER_HANDLER,
    ROUTER_MEMORY_MB,
    ROUTER_TIMEOUT_S,
)
from shared.served import SERVED_MODELS, ServedModel, served_models

PREFIX = "model-router-local-"
ROUTER = f"{PREFIX}router"
ROUTES = ("GET /healthz",)
WARM_UP = json.dumps({"warmup": {}}).encode()
# One request over many texts is invoked in at most this many parts at once.
FAN_OUT = 4


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to serve, and how. `api_keys` are SHA-256 digests by name; with none, nobody is asked for a key.

    `cors_origins` are the origins whose pages may ask.
    """

    catalog: Catalog
    root: Path
    max_sandboxes: int
    warm_up_every_s: float
    api_keys: Mapping[str, str]
    cors_origins: Sequence[str] = ()

    @property
    def log_directory(self) -> Path:
        return self.root / "build" / "local" / "logs"


def model_function(spec: Spec, settings: Settings, launcher: Launcher) -> Function:
    """The function that serves one entry of the catalog."""
    artifact = settings.catalog.artifact(spec.id, settings.root).resolve()
    return Function(
        name=PREFIX + spec.id,
        handler=IMAGE_HANDLER,
        launcher=launcher,
        memory_mb=spec.memory_mb,
        timeout_s=spec.timeout_s,
        environment={**MODEL_ENVIRONMENT, "MODEL_DIR": str(artifact)},
        max_sandboxes=settings.max_sandboxes,
        snap_start=spec.start == "snapstart",
        provisioned=min(spec.instances.instances, settings.max_sandboxes) if spec.instances else 0,
    )


def router_function(settings: Settings, catalog_file: Path, lambda_url: str, launcher: Launcher) -> Function:
    """The router. `catalog_file` is the generated list of served models."""
    auth = {"AUTH": "api-key", "API_KEYS": json.dumps(dict(settings.api_keys))} if settings.api_keys else {}
    return Function(
        name=ROUTER,
        handler=ROUTER_HANDLER,
        launcher=launcher,
        memory_mb=ROUTER_MEMORY_MB,
        timeout_s=ROUTER_TIMEOUT_S,
        environment={
            **FUNCTION_ENVIRONMENT,
            "CATALOG": str(catalog_file),
            "MODEL_FUNCTION": arn(PREFIX + "{id}", ALIAS),
            "MAX_CONCURRENCY": str(min(FAN_OUT, settings.max_sandboxes)),
            "AWS_ENDPOINT_URL_LAMBDA": lambda_url,
            "AUTH": "none",
            **auth,
        },
        # Those of every model may all be waiting for it, and there is room for what waits for none.
        max_sandboxes=(len(settings.catalog.specs) + 1) * path_limit(settings),
    )


def path_limit(settings: Settings) -> int:
    """Return how many requests to one path are under way at a time: twice as many as its model has sandboxes.

    A model whose sandboxes are all busy must not keep the others' callers waiting.
    """
    return 2 * settings.max_sandboxes


class Stack:
    """The running platform. `start` returns when it answers; `stop` ends every process it started."""

    def __init__(
        self, settings: Settings, http: socket.socket, lambda_: socket.socket, report: Callable[[str], None]
    ) -> None:
        """`http` and `lambda_` are bound sockets, for the HTTP API and the Invoke API; `report` gets lines for people.

        Raises CatalogError when an artifact is missing.
        """
        self.settings = settings
        self.served: list[ServedModel] = served_models(settings.catalog, settings.root)
        self.functions = Functions(settings.log_directory, report)
        self._report = report
        self._directory = tempfile.TemporaryDirectory(prefix="model-router-")
        self._define("http://{}:{}".format(*address(lambda_)))
        gateway = Gateway(
            self.functions,
            arn(ROUTER, ALIAS),
            routes=ROUTES,
            cors=Cors(settings.cors_origins),
            path_limit=path_limit(settings),
        )
        self._lambda = HttpServer(self.invoke_api(), lambda_)
        self._http = HttpServer(gateway, http, silent_s=SILENT_S)
        self._schedule: asyncio.Task[None] | None = None
        self._started: list[HttpServer] = []

    def invoke_api(self) -> ASGIApp:
        """Return what answers the router's invocations."""
        return invoke_api(self.functions)

    def _define(self, lambda_url: str) -> None:
        launcher = LocalLauncher(self.settings.root)
        catalog_file = Path(self._directory.name, "catalog.json")
        catalog_file.write_bytes(SERVED_MODELS.dump_json(self.served))
        for spec in self.settings.catalog:
            self.functions.define(model_function(spec, self.settings, launcher))
        self.functions.define(router_function(self.settings, catalog_file, lambda_url, launcher))

    async def start(self) -> None:
        """Warm the models up, or prepare those that start otherwise, then answer HTTP."""
        await self._serve(self._lambda)
        for name in await self.functions.prepare():
            log = self.settings.log_directory / f"{name}.log"
            self._report(f"{name.removeprefix(PREFIX)}: it could not be started ahead of all requests; see {log}")
        await self.warm_up()
        await self._serve(self._http)
        if self.settings.warm_up_every_s > 0:
            self._schedule = asyncio.create_task(self._run_schedule())

    async def _serve(self, server: HttpServer) -> None:
        await server.start()
        self._started.append(server)

    async def warm_up(self) -> None:
        """Have the router warm every model, as the schedule does, and report what stayed cold."""
        try:
            result = await self.functions.invoke(ROUTER, WARM_UP, qualifier=ALIAS, wait=True)
        except InvokeError as error:
            self._report(f"warm-up: {error}")
            return
        if result.outcome.error_type is not None:
            self._report(f"warm-up failed; see {self.settings.log_directory / ROUTER}.log")
            return
        for model_id, warm in json.loads(result.outcome.payload).get("warm", {}).items():
            if warm["failed"]:
                log = self.settings.log_directory / f"{PREFIX}{model_id}.log"
                self._report(f"{model_id}: {warm['failed']} sandboxes did not get warm; see {log}")

    async def _run_schedule(self) -> None:
        """What EventBridge Scheduler does: an event for the router at a fixed rate."""
        while True:
            await asyncio.sleep(self.settings.warm_up_every_s)
            with contextlib.suppress(InvokeError):
                self.functions.invoke_async(ROUTER, WARM_UP, qualifier=ALIAS)

    async def stop(self) -> None:
        """End everything, whatever it is doing."""
        if self._schedule is not None:
            self._schedule.cancel()
        await self.functions.stop()
        await asyncio.gather(*(server.stop() for server in self._started))
        self._directory.cleanup()
