"""The API description, OpenAPI 3.1: each route, body, answer, error, example, from the schemas that check requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from router.openai import NestedError
from router.reference import HEADERS, STATUSES
from router.trace import ErrorForm
from shared.tasks import Body

REF = "#/components/schemas/{model}"
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a route takes and gives. `bodies` are the formats it takes, `answers` what it gives when it takes none."""

    summary: str
    tag: str
    bodies: tuple[type[Body], ...] = ()
    answers: tuple[type[BaseModel], ...] = ()
    media: str = "application/json"
    statuses: tuple[int, ...] = (500,)
    errors: tuple[type[ErrorForm], ...] = (NestedError,)
    examples: tuple[Json, ...] = ()

    @property
    def replies(self) -> tuple[type[BaseModel], ...]:
        return self.answers or tuple(dict.fromkeys(answer for body in self.bodies for answer in body.answers))


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


def describe(routes: Iterable[Described], *, with_keys: bool) -> Json:
    """The description of these routes; `with_keys` when they need one, but for the open ones."""
    routes = list(routes)
    schemas = _schemas([route.operation for route in routes])
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
        "paths": {route.path: {route.method.lower(): _operation(route)} for route in routes},
        "components": {"schemas": schemas, "headers": HEADERS},
    }
    if with_keys:
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        }
        document["security"] = [{"bearer": []}, {"header": []}]
    return document


def _schemas(operations: list[Operation]) -> Mapping[str, Any]:
    taken: list[Any] = [(body, "validation") for operation in operations for body in operation.bodies]
    given: list[Any] = [
        (schema, "serialization") for operation in operations for schema in (*operation.replies, *operation.errors)
    ]
    _, definitions = models_json_schema(list(dict.fromkeys([*taken, *given])), ref_template=REF)
    schemas: Mapping[str, Any] = definitions["$defs"]
    return schemas


def _operation(route: Described) -> Json:
    operation = route.operation
    described: Json = {
        "operationId": f"{route.method.lower()}{route.path.title().translate(_NO_SIGNS)}",
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {"200": _success(operation), **{str(s): _failure(s, operation) for s in operation.statuses}},
    }
    if "{id}" in route.path:
        described["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    if operation.bodies:
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
    if operation.bodies:
        names += ["x-model", "x-cold-start", "x-truncated", "server-timing"]
    content = {operation.media: {"schema": schema}}
    description = "The answer, in the format of the body." if operation.bodies else operation.summary
    return {"description": description, "headers": _headers(names), "content": content}


def _failure(status: int, operation: Operation) -> Json:
    reference = STATUSES[status]
    examples = {}
    for form in operation.errors:
        for error in reference.errors:
            examples[f"{error.code}, {form.__name__}"] = {"value": form.of(error).model_dump()}
    content = {"application/json": {"schema": _any_of(operation.errors), "examples": examples}}
    names = ["x-request-id", *reference.headers]
    return {"description": reference.description, "headers": _headers(names), "content": content}


def _any_of(models: Iterable[Any]) -> Json:
    references = [{"$ref": REF.format(model=model.__name__)} for model in models]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
