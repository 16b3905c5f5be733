"""Answers a request: asks who is calling, finds the path's route, and has the route answer."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from urllib.parse import unquote

from router.auth import Auth
from router.http import Request, Response
from router.inference import Inference
from router.invoker import Invoker
from router.models import Models
from router.openapi import describe, describe_compat
from router.routes import MODEL, Route, inference_routes, info_routes, model_routes, open_routes
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
        self.routes: Sequence[Route] = [
            *open_routes(lambda: self.description, lambda: self.compat_description),
            *model_routes(models),
            *info_routes(models),
            *inference_routes(models, Inference(models, invoker, concurrency)),
        ]
        self._by_path: dict[str, list[Route]] = {}
        for route in self.routes:
            self._by_path.setdefault(route.path, []).append(route)

    def answer(self, request: Request, trace: Trace) -> Response:
        """Return the response to a request. Raises `shared.errors.Error`."""
        routes, request = self._find(request)
        route = next((one for one in routes if request.method in one.allow), next(iter(routes), None))
        if route is not None:
            trace.route, trace.error_form = route.path, route.error_form
        # A browser sends no key with the request in which it asks whether it may send one.
        if request.method != "OPTIONS" and (route is None or not route.is_open):
            trace.caller = self._auth.caller(request)
        if route is None:
            raise NotFound
        allow = [method for one in routes for method in one.allow]
        if request.method == "OPTIONS":
            return Response(status=204, headers={"allow": ", ".join(allow)})
        if request.method not in route.allow:
            raise MethodNotAllowed(allow)
        return route.answer(request, trace)

    def _find(self, request: Request) -> tuple[list[Route], Request]:
        """Return the routes at a request's path, and the request with the model that the path names."""
        path = SLASHES.sub("/", request.path).rstrip("/") or "/"
        if path in self._by_path:
            return self._by_path[path], request
        for template, routes in self._by_path.items():
            before, name, after = template.partition(MODEL)
            if name and path.startswith(before) and path.endswith(after) and len(path) > len(before) + len(after):
                # A client encodes the id, and a gateway may have decoded it. No id has a percent sign.
                return routes, replace(request, model=unquote(path[len(before) : len(path) - len(after)]))
        return [], request

    @cached_property
    def description(self) -> str:
        """The API description as JSON."""
        return json.dumps(describe(self.routes, self._auth))

    @cached_property
    def compat_description(self) -> str:
        """The description of other servers' formats as JSON."""
        return json.dumps(describe_compat(self.routes, self._auth))
