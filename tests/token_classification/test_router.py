"""Token classification behind the router: one path, two formats, batches in parts."""

import json

import pytest

from tests.router.world import Function, World, reply, served
from tests.token_classification.fakes import Choice, model

CHOICES: dict[str, Choice] = {"Ada": ("B-PER", 0.9), "London": ("B-LOC", 0.9)}
WORDS = ("Ada", "London", "in", "lives")
TEXT = "Ada lives in London"


def world() -> World:
    asked, _ = model(CHOICES, words=WORDS, max_tokens=10)

    def function(payload: bytes) -> bytes:
        sent = json.loads(payload)["request"]
        return reply(asked.infer(sent).result)

    functions: dict[str, Function] = {"ner": function}
    return World(functions, served("ner", "token_classification"))


def test_a_text_is_answered_in_the_format_in_which_it_was_sent() -> None:
    native = world().request("POST", "/v1/ner", {"text": TEXT})
    hugging_face = world().request("POST", "/v1/ner", {"inputs": TEXT, "parameters": {}})
    assert [one["word"] for one in native.json["entities"]] == ["Ada", "London"]
    assert hugging_face.json == native.json["entities"]
    assert native.json["model"] == "ner"


def test_a_batch_is_joined_in_order() -> None:
    texts = [f"{'in ' * (number % 50)}{'Ada' if number % 3 else 'London'}" for number in range(500)]
    answer = world().request("POST", "/v1/ner", {"text": texts})
    found = [[one["word"] for one in result["entities"]] for result in answer.json["results"]]
    assert found == [["Ada"] if number % 3 else ["London"] for number in range(500)]


def test_a_fault_is_said_in_the_format_in_which_it_was_asked() -> None:
    native = world().request("POST", "/v1/ner", {"text": "", "stride": 2})
    assert (native.status, native.json["error"]["param"]) == (400, "text")
    hugging_face = world().request("POST", "/v1/ner", {"inputs": TEXT, "parameters": {"stride": -1}})
    assert (hugging_face.status, hugging_face.json["error_type"]) == (400, "invalid_request")
    assert hugging_face.json["error"].startswith("'parameters.stride' ")


def test_the_model_names_the_stride_that_it_cannot_take() -> None:
    refused = world().request("POST", "/v1/ner", {"text": TEXT, "stride": 8})
    assert (refused.status, refused.json["error"]["param"]) == (400, "stride")


@pytest.mark.parametrize(
    ("path", "body"), [("/openapi.json", "EntitiesBody"), ("/openapi-compat.json", "TokenClassification")]
)
def test_each_format_is_in_its_api_description(path: str, body: str) -> None:
    described = world().request("GET", path).json
    assert body in json.dumps(described["paths"]["/v1/ner"]["post"]["requestBody"])
