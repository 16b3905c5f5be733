"""The API description, held against what the router really takes and gives."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from router.models import ModelList
from shared.error_forms import NestedError
from shared.errors import Error
from shared.wire import Endpoint, services, wire_of
from tests.router.world import EMBEDDINGS, QA, World, served

SERVED = {"question_answering": "qa", "embeddings": "embeddings"}
ENDPOINTS = [(task, endpoint) for service, task in SERVED.items() for endpoint in wire_of(service).ENDPOINTS]
ANSWERS = [
    schema for service in services() for endpoint in wire_of(service).ENDPOINTS for schema in endpoint.body.answers
]


def description(world: World | None = None) -> Any:
    return (world or World()).get("/openapi.json").json


COMPAT = "/openapi-compat.json"


def test_every_route_is_described_but_pages_and_health() -> None:
    world = World()
    both = [*_operations(description(world)), *_operations(world.get(COMPAT).json)]
    described = {(path.removesuffix("#many"), method.upper()) for path, method, _ in both}
    routes = {(route.path, route.method) for route in world.app.routes if not route.is_open}
    assert described == routes


def test_operations_have_names_that_generated_clients_can_use() -> None:
    second = served("other-qa", "question_answering")
    named = [o["operationId"] for _, _, o in _operations(description(World(None, QA, second, EMBEDDINGS)))]
    assert named == ["listModels", "getModel", "ask", "askMany", "askOtherQa", "askOtherQaMany", "embed"]
    foreign = [o["operationId"] for _, _, o in _operations(World().get(COMPAT).json)]
    assert len(set(foreign)) == len(foreign)
    assert set(foreign) >= {"askAsHuggingFaceV1Qa", "askAsTeiEmbed"}


def every_task() -> World:
    return World(None, *(served(service.replace("_", "-"), service) for service in services()))


@pytest.mark.parametrize("path", ["/openapi.json", COMPAT])
def test_every_field_is_described(path: str) -> None:
    schemas = every_task().get(path).json["components"]["schemas"]
    fields = [(name, field, said) for name, one in schemas.items() for field, said in one.get("properties", {}).items()]
    assert len(fields) > 30
    assert [(name, field) for name, field, said in fields if not said.get("description")] == []


def test_each_native_operation_has_one_answer_and_fields_without_defaults() -> None:
    document = every_task().get("/openapi.json").json
    for _, _, operation in _operations(document):
        assert operation["responses"]["200"]["content"]["application/json"]["schema"].keys() == {"$ref"}
    for schema in document["components"]["schemas"].values():
        assert not any("default" in field for field in schema.get("properties", {}).values())
    schemas = document["components"]["schemas"]
    one, many = (schemas[name]["properties"] for name in ("QuestionBody", "QuestionBodyOfMany"))
    assert (one["question"]["type"], many["question"]["type"]) == ("string", "array")
    assert one["max_answer_len"]["description"].endswith("Default: 15.")


@pytest.mark.parametrize("path", ["/openapi.json", COMPAT])
def test_schemas_have_names_of_their_own(path: str) -> None:
    schemas = every_task().get(path).json["components"]["schemas"]
    assert [name for name, schema in schemas.items() if "__" in name or schema["title"] != name] == []


def test_a_list_is_answered_as_its_operation_says() -> None:
    document = description()
    body = document["paths"]["/v1/qa#many"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()
    answer = World().post("/v1/qa", example["value"]).json
    assert answer.keys() <= document["components"]["schemas"]["AnswerToMany"]["properties"].keys()
    assert len(answer["results"]) == 1


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
    return [*_operations(description()), *_operations(World().get(COMPAT).json)]


def _operations(document: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, o) for path, item in document["paths"].items() for method, o in item.items()]


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda value: str(value)[:20])
def test_every_example_of_a_body_is_answered_with_200(path: str, method: str, operation: dict[str, Any]) -> None:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {"examples": {"": {}}})
    assert media["examples"]
    for example in media["examples"].values():
        answer = World().request(
            method.upper(), path.replace("{id}", "embeddings").removesuffix("#many"), example.get("value")
        )
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
    assert description()["security"] == []
    document = description(World(keys={"alice": "0" * 64}))
    assert document["security"] == [{"bearer": []}, {"header": []}, {"azure": []}]
    assert not any("security" in operation for _, _, operation in _operations(document))


def test_the_example_of_a_task_is_the_catalogs() -> None:
    example = {"question": "Whose?", "context": "Ours."}
    document = description(World(None, QA.model_copy(update={"example": example}), EMBEDDINGS))
    media = document["paths"]["/v1/qa"]["post"]["requestBody"]["content"]["application/json"]
    assert media["examples"]["example 1"]["value"] == example
