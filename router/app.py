"""Answers a request: asks who is calling, finds the path's route, and has the route answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from router.auth import Auth
from router.http import Request, Response
from router.inference import Inference
from router.invoker import Invoker
from router.models import Models
from router.openapi import describe
from router.routes import MODEL, MODELS, Route, inference_routes, model_routes, open_routes
from router.trace import Trace
from shared.errors import MethodNotAllowed, NotFound

SLASHES = re.compile("/+")


class App:
    """Everything the router answers."""

    def __init__(self, models: Models, invoker: Invoker, auth: Auth, concurrency: int) -> None:
        """`concurrency` caps the invocations of one request at a time."""
        self.models = models
        self.invoker = invoker
        self._auth = auth
        routes = [
            *open_routes(lambda: self.description),
            *model_routes(models),
            *inference_routes(models, Inference(models, invoker, concurrency)),
        ]
        self.routes: Mapping[str, Route] = {route.path: route for route in routes}

    def answer(self, request: Request, trace: Trace) -> Response:
        """Return the response to a request. Raises `shared.errors.Error`."""
        path = SLASHES.sub("/", request.path).rstrip("/") or "/"
        request = replace(request, path=path)
        route = self.routes.get(MODEL if path.startswith(f"{MODELS}/") else path)
        if route is not None:
            trace.route, trace.error_form = route.path, route.error_form
        # A browser sends no key with the request in which it asks whether it may send one.
        if request.method != "OPTIONS" and (route is None or not route.is_open):
            trace.caller = self._auth.caller(request)
        if route is None:
            raise NotFound
        if request.method == "OPTIONS":
            return Response(status=204, headers={"allow": ", ".join(route.allow)})
        if request.method not in route.allow:
            raise MethodNotAllowed(route.allow)
        return route.answer(request, trace)

    @cached_property
    def description(self) -> str:
        """The API description as JSON."""
        return json.dumps(describe(self.routes.values(), self._auth))
