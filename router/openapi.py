"""The API descriptions, OpenAPI 3.1: each route, body, answer, error, example, from the schemas that check requests."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from pydantic.json_schema import models_json_schema

from router.auth import Auth
from router.operations import Operation, foreign, is_foreign, native, once
from router.routes import COMPAT_PATH, Route
from router.schemas import half, without_defaults
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
    "x-tokens": _header("How many tokens the models read, of which a word has one or more.", "42"),
    "x-ignored": _header("Fields that were accepted and changed nothing. Absent when there are none.", "input_type"),
    "server-timing": _header("Milliseconds of each phase; `router` is the router's own time.", "invoke;dur=31.2"),
    "retry-after": _header("Seconds to wait before the request is worth sending again.", "3"),
    "x-should-retry": _header("`false` when the same request would fail again.", "false"),
    "www-authenticate": _header("How to send a key.", "Bearer"),
}
# Of an error that the model itself reports; the router reports the same errors without them.
OF_AN_ANSWER = ("x-model", "x-cold-start", "x-truncated", "x-tokens", "x-ignored", "server-timing")
OF_A_MODEL = ("x-model", "x-cold-start", "server-timing")


def describe(routes: Iterable[Route], auth: Auth) -> Json:
    """Describe the routes that have a name, each in the native format only, for readers and for generated clients.

    All but the open ones ask who is calling. Where one text has another answer than a list of them, each is an
    operation of its own: the latter's path ends with MANY, a fragment, which no client sends.
    """
    operations = [one for route in routes if route.name for one in native(route)]
    about = (
        "Small models that answer questions about a text, compare, rank and label texts. The formats of other servers' "
    )
    return _document(operations, auth, about + f"clients, which the same paths take, are in {COMPAT_PATH}.")


def describe_compat(routes: Iterable[Route], auth: Auth) -> Json:
    """Describe what the routes take from clients of other servers, such as Hugging Face's and TEI's."""
    operations = [foreign(route) for route in routes if not route.is_open and is_foreign(route)]
    return _document(operations, auth, "The formats of other servers' clients. They need this URL and a key.")


def _document(operations: list[Operation], auth: Auth, about: str) -> Json:
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.route.method.lower()] = _operation(one, auth)
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "model-router",
            "version": "1",
            "description": about,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": _schemas(operations), "headers": HEADERS},
        "security": [{name: []} for name in auth.schemes],
    }
    if auth.schemes:
        document["components"]["securitySchemes"] = dict(auth.schemes)
    return document


def _schemas(operations: list[Operation]) -> Json:
    taken = [(body, "validation") for one in operations for body in one.bodies]
    given = [(schema, "serialization") for one in operations for schema in (*one.answers, *one.forms)]
    _, definitions = models_json_schema(once([*taken, *given]), ref_template=REF)
    schemas: Json = definitions["$defs"]
    halves = {
        one.schema_of(body): half(schemas[body.__name__], one.is_many)
        for one in operations
        for body in one.bodies
        if one.is_many is not None
    }
    # Generators name a class by its title.
    return {name: {**without_defaults(schema), "title": name} for name, schema in {**schemas, **halves}.items()}


def _operation(asked: Operation, auth: Auth) -> Json:
    route = asked.route
    errors = (*route.errors, *(() if route.is_open else auth.errors))
    failures = {str(s): _failure(s, errors, asked.forms) for s in sorted({kind.status for kind in errors})}
    described: Json = {
        "operationId": asked.name,
        "summary": asked.summary,
        "tags": [asked.tag],
        "responses": {"200": _success(asked), **failures},
    }
    if "{id}" in route.path:
        about = {"description": "The id of a model, as the list of models gives it.", "example": "qa"}
        parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, **about}
        described["parameters"] = [parameter]
    if asked.bodies:
        media: Json = {"schema": _any_of(map(asked.schema_of, asked.bodies))}
        media["examples"] = {f"example {i + 1}": {"value": value} for i, value in enumerate(asked.examples)}
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    if route.display and not asked.is_many:
        described["x-display"] = asdict(route.display)
    return described


def _success(asked: Operation) -> Json:
    names = ["x-request-id", *(OF_AN_ANSWER if asked.bodies else ())]
    schema = _any_of(one.__name__ for one in asked.answers)
    return {
        "description": "The answer." if asked.bodies else asked.route.summary,
        "headers": _headers(names),
        "content": {"application/json": {"schema": schema}},
    }


def _failure(status: int, errors: Iterable[type[Error]], forms: list[Any]) -> Json:
    """Describe what is answered with one status: when, in which forms, with which headers, from the error classes."""
    kinds = [kind for kind in errors if kind.status == status]
    examples = {
        f"{kind.__name__}, {form.__name__}": {"value": form.of(kind()).model_dump()} for form in forms for kind in kinds
    }
    names = ["x-request-id", *(name for kind in kinds for name in kind.headers)]
    names += OF_A_MODEL if any(kind in FROM_MODEL.values() for kind in kinds) else ()
    content = {"application/json": {"schema": _any_of(form.__name__ for form in forms), "examples": examples}}
    description = " ".join(kind.__doc__ or "" for kind in kinds)
    return {"description": description, "headers": _headers(names), "content": content}


def _any_of(names: Iterable[str]) -> Json:
    references = [{"$ref": REF.format(model=name)} for name in names]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
