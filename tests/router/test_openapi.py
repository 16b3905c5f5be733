"""The API description, held against what the router really takes and gives."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from router.huggingface import FeatureExtraction, QuestionAnswering, SentenceSimilarity
from router.openai import ModelList, NestedError
from router.reference import STATUSES
from shared.errors import Error
from shared.tasks import Body, embeddings, question_answering
from tests.router.world import EMBEDDINGS, QA, World

BODIES: list[type[Body]] = [
    question_answering.Native,
    embeddings.Native,
    QuestionAnswering,
    FeatureExtraction,
    SentenceSimilarity,
]


def description(world: World | None = None) -> Any:
    return (world or World()).get("/openapi.json").json


def test_every_route_is_described_and_no_other() -> None:
    world = World()
    described = {(path, method.upper()) for path, item in description(world)["paths"].items() for method in item}
    assert described == {(route.path, route.method) for route in world.app.routes.values()}


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
    return [(path, method, o) for path, item in description()["paths"].items() for method, o in item.items()]


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda value: str(value)[:20])
def test_every_example_of_a_body_is_answered_with_200(path: str, method: str, operation: dict[str, Any]) -> None:
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {"examples": {"": {}}})
    assert media["examples"]
    for example in media["examples"].values():
        answer = World().request(method.upper(), path.replace("{id}", "qa"), example.get("value"))
        assert answer.status == 200
        assert answer.headers["content-type"].split(";")[0] in operation["responses"]["200"]["content"]
        assert set(answer.headers) & {"x-request-id", "x-model"} <= operation["responses"]["200"]["headers"].keys()


@pytest.mark.parametrize("body", BODIES)
def test_what_a_body_is_answered_with_fits_one_of_its_schemas(body: type[Body]) -> None:
    path = "/v1/qa" if "question" in json.dumps(body.example) else "/v1/embeddings"
    answer = World().post(path, body.example).json
    fits = [schema for schema in body.answers if not _errors(schema, answer)]
    assert fits


def _errors(schema: Any, value: Any) -> bool:
    try:
        TypeAdapter(schema).validate_python(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("schema", [s for body in BODIES for s in body.answers])
def test_the_examples_of_an_answer_fit_its_schema(schema: Any) -> None:
    for example in schema.model_json_schema().get("examples", []):
        assert not _errors(schema, example)


def test_the_list_of_models_fits_its_schema() -> None:
    assert not _errors(ModelList, World().get("/v1/models").json)


def test_every_error_of_the_table_is_described() -> None:
    described = {type(error) for status in STATUSES.values() for error in status.errors}

    def leaves(kind: type[Error]) -> set[type[Error]]:
        return {kind} | {leaf for below in kind.__subclasses__() for leaf in leaves(below)}

    # A wrong path or method has no operation that could describe it; a dead process is told as a model's error.
    beyond = {"NotFound", "MethodNotAllowed", "Died", "ConnectionLost"}
    assert {kind.__name__ for kind in leaves(Error)} - {kind.__name__ for kind in described} == beyond
    for status, reference in STATUSES.items():
        for error in reference.errors:
            assert error.status == status
            assert not _errors(NestedError, NestedError.of(error).model_dump())


def test_with_keys_all_but_the_open_routes_need_one() -> None:
    assert "security" not in description()
    document = description(World(keys={"alice": "0" * 64}))
    assert document["security"] == [{"bearer": []}, {"header": []}]
    free = {path for path, item in document["paths"].items() for o in item.values() if o.get("security") == []}
    assert free == {"/", "/docs", "/openapi.json", "/health", "/healthz"}


def test_the_example_of_a_task_is_the_catalogs() -> None:
    example = {"question": "Whose?", "context": "Ours."}
    document = description(World(None, QA.model_copy(update={"example": example}), EMBEDDINGS))
    media = document["paths"]["/v1/qa"]["post"]["requestBody"]["content"]["application/json"]
    assert media["examples"]["example 1"]["value"] == example
