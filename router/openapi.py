"""The API description, OpenAPI 3.1: each route, body, answer, error, example, from the schemas that check requests."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from router.auth import Auth
from router.routes import Route
from shared.error_forms import NestedError
from shared.errors import FROM_MODEL, Error

REF = "#/components/schemas/{model}"
Json = dict[str, Any]


def _header(description: str, example: str) -> Json:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: Mapping[str, Any] = {
    "x-request-id": _header("What to name in a report: it is in the logs of router and model.", "LV7fzho-PHcEJPw="),
    "x-model": _header("The id of the model that was asked.", "qa"),
    "x-cold-start": _header("`true` when a sandbox had to start for this request.", "false"),
    "x-truncated": _header("How many texts were longer than the model reads, and were cut. Absent when none was.", "1"),
    "x-ignored": _header("Fields that were accepted and changed nothing. Absent when there are none.", "input_type"),
    "server-timing": _header("Milliseconds of each phase; `router` is the router's own time.", "invoke;dur=31.2"),
    "retry-after": _header("Seconds to wait before the request is worth sending again.", "3"),
    "x-should-retry": _header("`false` when the same request would fail again.", "false"),
    "www-authenticate": _header("How to send a key.", "Bearer"),
}
# Of an error that the model itself reports; the router reports the same errors without them.
OF_A_MODEL = ("x-model", "x-cold-start", "server-timing")


def describe(routes: Iterable[Route], auth: Auth) -> Json:
    """Describe these routes, of which all but the open ones ask who is calling."""
    routes = list(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, auth)
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
        "paths": paths,
        "components": {"schemas": _schemas(routes), "headers": HEADERS},
    }
    if auth.schemes:
        document["components"]["securitySchemes"] = dict(auth.schemes)
        document["security"] = [{name: []} for name in auth.schemes]
    return document


def _bodies(route: Route) -> list[Any]:
    return _once(endpoint.body for endpoint in route.endpoints)


def _answers(route: Route) -> list[Any]:
    return list(route.answers) or _once(answer for body in _bodies(route) for answer in body.answers)


def _error_forms(route: Route) -> list[Any]:
    return _once(endpoint.error_form for endpoint in route.endpoints) or [NestedError]


def _once(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _schemas(routes: list[Route]) -> Mapping[str, Any]:
    taken = [(body, "validation") for route in routes for body in _bodies(route)]
    given = [(one, "serialization") for route in routes for one in (*_answers(route), *_error_forms(route))]
    _, definitions = models_json_schema(_once([*taken, *given]), ref_template=REF)
    schemas: Mapping[str, Any] = definitions["$defs"]
    return schemas


def _operation(route: Route, auth: Auth) -> Json:
    errors = (*route.errors, *(() if route.is_open else auth.errors))
    failures = {str(s): _failure(s, errors, _error_forms(route)) for s in sorted({kind.status for kind in errors})}
    described: Json = {
        "operationId": f"{route.method.lower()}{route.path.title().translate(_NO_SIGNS)}",
        "summary": route.summary,
        "tags": [route.tag],
        "responses": {"200": _success(route), **failures},
    }
    if "{id}" in route.path:
        described["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    if bodies := _bodies(route):
        examples = [route.example, *(body.example for body in bodies[1:])]
        media: Json = {"schema": _any_of(bodies)}
        media["examples"] = {f"example {i + 1}": {"value": value} for i, value in enumerate(examples)}
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    if route.is_open:
        described["security"] = []
    return described


_NO_SIGNS = str.maketrans("", "", "/-{}._")


def _success(route: Route) -> Json:
    plain = {"type": "object" if route.media == "application/json" else "string"}
    schema = _any_of(_answers(route)) if _answers(route) else plain
    names = [
        "x-request-id",
        *(["x-model", "x-cold-start", "x-truncated", "x-ignored", "server-timing"] if route.endpoints else []),
    ]
    description = "The answer, in the format of the body." if route.endpoints else route.summary
    return {"description": description, "headers": _headers(names), "content": {route.media: {"schema": schema}}}


def _failure(status: int, errors: Iterable[type[Error]], forms: list[Any]) -> Json:
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


def _any_of(models: list[Any]) -> Json:
    references = [{"$ref": REF.format(model=model.__name__)} for model in models]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
