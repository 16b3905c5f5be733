"""The API description, held against what the router really takes and gives."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from router.models import ModelList
from shared.error_forms import NestedError
from shared.errors import Error
from shared.wire import Endpoint, services, wire_of
from tests.router.world import EMBEDDINGS, QA, World

SERVED = {"question_answering": "qa", "embeddings": "embeddings"}
ENDPOINTS = [(task, endpoint) for service, task in SERVED.items() for endpoint in wire_of(service).ENDPOINTS]
ANSWERS = [
    schema for service in services() for endpoint in wire_of(service).ENDPOINTS for schema in endpoint.body.answers
]


def description(world: World | None = None) -> Any:
    return (world or World()).get("/openapi.json").json


def test_every_route_is_described_and_no_other() -> None:
    world = World()
    described = {(path, method.upper()) for path, item in description(world)["paths"].items() for method in item}
    assert described == {(route.path, route.method) for route in world.app.routes}


def test_every_reference_leads_somewhere() -> None:
    document = description()

    def follow(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target = document
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for value in node.values():
                follow(value)
        elif isinstance(node, list):
            for value in node:
                follow(value)

    follow(document)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return _operations(description())


def _operations(document: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, o) for path, item in document["paths"].items() for method, o in item.items()]


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda value: str(value)[:20])
def test_every_example_of_a_body_is_answered_with_200(path: str, method: str, operation: dict[str, Any]) -> None:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {"examples": {"": {}}})
    assert media["examples"]
    for example in media["examples"].values():
        answer = World().request(method.upper(), path.replace("{id}", "embeddings"), example.get("value"))
        assert answer.status == 200
        assert answer.headers["content-type"].split(";")[0] in operation["responses"]["200"]["content"]
        assert set(answer.headers) & {"x-request-id", "x-model"} <= operation["responses"]["200"]["headers"].keys()


@pytest.mark.parametrize(("task", "endpoint"), ENDPOINTS)
def test_what_a_body_is_answered_with_fits_one_of_its_schemas(task: str, endpoint: Endpoint) -> None:
    answer = World().post(endpoint.path.format(task=task, id=task), endpoint.body.example).json
    assert not all(_errors(schema, answer) for schema in endpoint.body.answers)


def _errors(schema: Any, value: Any) -> bool:
    try:
        TypeAdapter(schema).validate_python(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("schema", dict.fromkeys(ANSWERS))
def test_the_examples_of_an_answer_fit_its_schema(schema: Any) -> None:
    for example in schema.model_json_schema().get("examples", []):
        assert not _errors(schema, example)


def test_the_list_of_models_fits_its_schema() -> None:
    assert not _errors(ModelList, World().get("/v1/models").json)


def test_every_error_is_described_with_its_message_and_its_headers() -> None:
    document = description(World(keys={"alice": "0" * 64}))
    responses = [(int(s), r) for _, _, o in _operations(document) for s, r in o["responses"].items() if s != "200"]
    messages = set()
    for status, response in responses:
        for example in response["content"]["application/json"]["examples"].values():
            if not _errors(NestedError, example["value"]):
                messages.add((status, example["value"]["error"]["message"]))
    # A wrong path or method has no operation that could describe it, IAM is not asked for here, and a process that
    # died is asked once more.
    beyond = {"NotFound", "MethodNotAllowed", "Forbidden", "Died"}
    kinds = [kind for kind in _kinds(Error) if kind.__name__ not in beyond]
    assert messages == {(kind.status, kind.default_message) for kind in kinds}
    inference = document["paths"]["/v1/qa"]["post"]["responses"]
    for kind in kinds:
        assert set(kind.headers) <= inference[str(kind.status)]["headers"].keys()
        assert (kind.__doc__ or "") in inference[str(kind.status)]["description"]
    assert "x-cold-start" in inference["400"]["headers"]
    assert "x-cold-start" not in inference["429"]["headers"]


def _kinds(kind: type[Error]) -> set[type[Error]]:
    return {kind} | {below for child in kind.__subclasses__() for below in _kinds(child)}


def test_with_keys_all_but_the_open_routes_need_one() -> None:
    assert "security" not in description()
    document = description(World(keys={"alice": "0" * 64}))
    assert document["security"] == [{"bearer": []}, {"header": []}, {"azure": []}]
    free = {(path, m) for path, item in document["paths"].items() for m, o in item.items() if o.get("security") == []}
    assert free == {(path, "get") for path in ("/", "/docs", "/openapi.json", "/health", "/healthz", "/ping")}


def test_the_example_of_a_task_is_the_catalogs() -> None:
    example = {"question": "Whose?", "context": "Ours."}
    document = description(World(None, QA.model_copy(update={"example": example}), EMBEDDINGS))
    media = document["paths"]["/v1/qa"]["post"]["requestBody"]["content"]["application/json"]
    assert media["examples"]["example 1"]["value"] == example
