"""The API description, OpenAPI 3.1: each route, body, answer, error, example, from the schemas that check requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from router.auth import Auth
from shared.errors import FROM_MODEL, Error
from shared.wire import Endpoint, NestedError

REF = "#/components/schemas/{model}"
Json = dict[str, Any]


def _header(description: str, example: str) -> Json:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: Mapping[str, Any] = {
    "x-request-id": _header("What to name in a report: it is in the logs of router and model.", "LV7fzho-PHcEJPw="),
    "x-model": _header("The id of the model that was asked.", "qa"),
    "x-cold-start": _header("`true` when a sandbox had to start for this request.", "false"),
    "x-truncated": _header("How many texts were longer than the model reads, and were cut. Absent when none was.", "1"),
    "server-timing": _header("Milliseconds of each phase; `router` is the router's own time.", "invoke;dur=31.2"),
    "retry-after": _header("Seconds to wait before the request is worth sending again.", "3"),
    "x-should-retry": _header("`false` when the same request would fail again.", "false"),
    "www-authenticate": _header("How to send a key.", "Bearer"),
}
# Of an error that the model itself reports; the router reports the same errors without them.
OF_A_MODEL = ("x-model", "x-cold-start", "server-timing")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a route takes and gives. `answers` says what it gives when it takes no body."""

    summary: str
    tag: str
    endpoints: tuple[Endpoint, ...] = ()
    answers: tuple[type[BaseModel], ...] = ()
    media: str = "application/json"
    errors: tuple[type[Error], ...] = (Error,)
    example: Json | None = None

    @property
    def bodies(self) -> tuple[Any, ...]:
        """The bodies it takes."""
        return tuple(dict.fromkeys(endpoint.body for endpoint in self.endpoints))

    @property
    def replies(self) -> tuple[type[BaseModel], ...]:
        """The schemas that an answer may have."""
        return self.answers or tuple(dict.fromkeys(answer for body in self.bodies for answer in body.answers))

    @property
    def forms(self) -> tuple[Any, ...]:
        """The forms that an error may have."""
        return tuple(dict.fromkeys(endpoint.error_form for endpoint in self.endpoints)) or (NestedError,)

    @property
    def examples(self) -> tuple[Any, ...]:
        """Bodies that may be sent: that of the catalog in place of the first format's own."""
        return (self.example, *(body.example for body in self.bodies[1:]))


class Described(Protocol):
    """What is read of a route."""

    @property
    def path(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def operation(self) -> Operation: ...
    @property
    def is_open(self) -> bool: ...


def describe(routes: Iterable[Described], auth: Auth) -> Json:
    """Describe these routes, of which all but the open ones ask who is calling."""
    routes = list(routes)
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "model-router",
            "version": "1",
            "description": "Small language models behind one router. OpenAI's, Hugging Face's and TEI's clients work "
            "as they are: they need this URL and a key.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {route.path: {route.method.lower(): _operation(route, auth)} for route in routes},
        "components": {"schemas": _schemas([route.operation for route in routes]), "headers": HEADERS},
    }
    if auth.schemes:
        document["components"]["securitySchemes"] = dict(auth.schemes)
        document["security"] = [{name: []} for name in auth.schemes]
    return document


def _schemas(operations: list[Operation]) -> Mapping[str, Any]:
    taken: list[Any] = [(body, "validation") for operation in operations for body in operation.bodies]
    given: list[Any] = [
        (schema, "serialization") for operation in operations for schema in (*operation.replies, *operation.forms)
    ]
    _, definitions = models_json_schema(list(dict.fromkeys([*taken, *given])), ref_template=REF)
    schemas: Mapping[str, Any] = definitions["$defs"]
    return schemas


def _operation(route: Described, auth: Auth) -> Json:
    operation = route.operation
    errors = (*operation.errors, *(() if route.is_open else auth.errors))
    failures = {str(s): _failure(s, errors, operation.forms) for s in sorted({kind.status for kind in errors})}
    described: Json = {
        "operationId": f"{route.method.lower()}{route.path.title().translate(_NO_SIGNS)}",
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {"200": _success(operation), **failures},
    }
    if "{id}" in route.path:
        described["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    if operation.endpoints:
        media: Json = {"schema": _any_of(operation.bodies)}
        media["examples"] = {f"example {i + 1}": {"value": value} for i, value in enumerate(operation.examples)}
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    if route.is_open:
        described["security"] = []
    return described


_NO_SIGNS = str.maketrans("", "", "/-{}._")


def _success(operation: Operation) -> Json:
    schema = _any_of(operation.replies) if operation.replies else {"type": "string"}
    if operation.media == "application/json" and not operation.replies:
        schema = {"type": "object"}
    names = ["x-request-id"]
    if operation.endpoints:
        names += ["x-model", "x-cold-start", "x-truncated", "server-timing"]
    content = {operation.media: {"schema": schema}}
    description = "The answer, in the format of the body." if operation.endpoints else operation.summary
    return {"description": description, "headers": _headers(names), "content": content}


def _failure(status: int, errors: Iterable[type[Error]], forms: Iterable[Any]) -> Json:
    """Describe what is answered with one status: when, in which forms, with which headers, from the error classes."""
    kinds = [kind for kind in errors if kind.status == status]
    examples = {
        f"{kind.__name__}, {form.__name__}": {"value": form.of(kind()).model_dump()} for form in forms for kind in kinds
    }
    names = ["x-request-id", *(name for kind in kinds for name in kind.headers)]
    names += OF_A_MODEL if any(kind in FROM_MODEL.values() for kind in kinds) else ()
    content = {"application/json": {"schema": _any_of(forms), "examples": examples}}
    description = " ".join(kind.__doc__ or "" for kind in kinds)
    return {"description": description, "headers": _headers(names), "content": content}


def _any_of(models: Iterable[Any]) -> Json:
    references = [{"$ref": REF.format(model=model.__name__)} for model in models]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
