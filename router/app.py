"""From a request to its response: the key, the path, and what the path's route makes of it."""

import json
from collections.abc import Mapping
from functools import cached_property

from router.http import Request, Response
from router.inference import Inference
from router.invoker import Invoker
from router.keys import Keys
from router.models import Models
from router.openapi import describe
from router.routes import MODEL, Route, inference_routes, model_routes, open_routes
from router.trace import Trace
from shared.errors import MethodNotAllowed, NotFound


class App:
    """Everything the router answers."""

    def __init__(self, models: Models, invoker: Invoker, keys: Keys | None, concurrency: int) -> None:
        """Without `keys` everyone may ask. `concurrency` caps the invocations of one request at a time."""
        self.models = models
        self.invoker = invoker
        self._keys = keys
        routes = [
            *open_routes(lambda: self.description),
            *model_routes(models),
            *inference_routes(models, Inference(models, invoker, concurrency)),
        ]
        self.routes: Mapping[str, Route] = {route.path: route for route in routes}

    def answer(self, request: Request, trace: Trace) -> Response:
        """The response to a request. Raises `shared.errors.Error`."""
        route = self.routes.get(MODEL if request.path.startswith("/v1/models/") else request.path)
        if route is not None:
            trace.route, trace.error_form = route.path, route.error_form
        if self._keys is not None and not (route and route.is_open):
            trace.caller = self._keys.caller(request.headers)
        if route is None:
            raise NotFound("There is nothing at this path. GET /openapi.json describes what there is.")
        if request.method == "OPTIONS":
            return Response(status=204, headers={"allow": ", ".join(route.allow)})
        if request.method not in route.allow:
            raise MethodNotAllowed(f"This path answers {' and '.join(route.allow)} only.", allow=route.allow)
        return route.answer(request, trace)

    @cached_property
    def description(self) -> str:
        """The API description as JSON."""
        return json.dumps(describe(self.routes.values(), with_keys=self._keys is not None))
