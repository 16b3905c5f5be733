"""A client of Text Embeddings Inference at the router: its paths, names, headers and errors."""

import json
from typing import Any

import pytest

from tests.router.world import EMBEDDINGS, QA, World, embed, first_word, served

NER = served("ner", "token_classification")
RERANK = served("rerank", "rerank")
SENTIMENT = served("sentiment", "text_classification")
ALIASED = EMBEDDINGS.model_copy(update={"aliases": ["text-embedding-3-small", "tei"]})
TEXT = {"inputs": "A text."}
QUESTION = {"question": "Who?", "context": "Ada wrote it."}


@pytest.mark.parametrize("path", ["/", "/invocations", "//"])
def test_the_bare_host_answers_as_the_model_that_takes_the_body(path: str) -> None:
    world = World()
    assert world.post(path, TEXT).json == world.post("/embed", TEXT).json
    assert world.post(path, {"inputs": QUESTION, "parameters": {}}).json["answer"] == "Ada"
    sentences = {"inputs": {"source_sentence": "a", "sentences": ["a"]}}
    assert world.post(path, sentences).json == [1.0]
    assert world.get("/").headers["content-type"].startswith("text/html")


def test_the_first_model_of_the_catalog_is_meant_unless_the_body_names_another() -> None:
    def entities(payload: bytes) -> bytes:
        results: list[Any] = [{"entities": []} for _ in json.loads(payload)["request"]["text"]]
        return json.dumps({"result": {"results": results}}).encode()

    world = World({"ner": entities}, QA, EMBEDDINGS, NER)
    assert world.post("/", TEXT).headers["x-model"] == "embeddings"
    assert world.post("/", {**TEXT, "model": "ner"}).headers["x-model"] == "ner"
    assert World({"ner": entities}, NER, EMBEDDINGS).post("/", TEXT).headers["x-model"] == "ner"


def test_a_classifier_answers_hugging_faces_clients_one_list_deeper_than_teis() -> None:
    found = [{"label": "POSITIVE", "score": 0.9}]
    function = {"sentiment": lambda _: json.dumps({"result": {"results": [found]}}).encode()}
    world = World(function, SENTIMENT)
    assert world.post("/", TEXT).json == found
    assert world.post("/", {**TEXT, "parameters": {}}).json == [found]


@pytest.mark.parametrize("path", ["/embed", "/", "/similarity"])
@pytest.mark.parametrize("model", ["tei", "anything", None])
def test_tei_takes_any_name_of_a_model_on_its_own_paths(path: str, model: str | None) -> None:
    inputs = {"source_sentence": "a", "sentences": ["b"]} if path == "/similarity" else "a"
    answer = World().post(path, {"inputs": inputs, "model": model, "later_option": 1})
    assert (answer.status, answer.headers["x-model"]) == (200, "embeddings")


@pytest.mark.parametrize("name", ["text-embedding-3-small", "tei", "embeddings"])
def test_an_alias_names_a_model_and_the_answer_says_which_it_was(name: str) -> None:
    world = World(None, QA, ALIASED)
    answer = world.post("/v1/embeddings", {"input": "a", "model": name})
    assert (answer.headers["x-model"], answer.json["model"]) == ("embeddings", "embeddings")
    assert world.get(f"/v1/models/{name}").json["id"] == "embeddings"
    assert world.get("/v1/models").json["data"][1]["aliases"] == ALIASED.aliases


def test_other_names_stay_a_404_that_lists_what_there_is() -> None:
    answer = World(None, QA, ALIASED).post("/v1/embeddings", {"input": "a", "model": "gpt"})
    assert (answer.status, answer.code) == (404, "model_not_found")
    assert "Ask for one of: embeddings." in answer.text


@pytest.mark.parametrize("path", ["/embeddings", "/openai/v1/embeddings", "/openai/deployments/embeddings/embeddings"])
def test_openais_format_has_its_other_paths(path: str) -> None:
    assert World().post(path, {"input": "a"}).json == World().post("/v1/embeddings", {"input": "a"}).json


def test_azures_path_names_the_model_and_its_header_has_the_key() -> None:
    world = World(None, QA, ALIASED)
    path = "/openai/deployments/{}/embeddings"
    assert world.post(path.format("text-embedding-3-small"), {"input": "a"}).headers["x-model"] == "embeddings"
    assert world.post(path.format("gpt"), {"input": "a"}).code == "model_not_found"
    assert world.post("/openai/deployments//embeddings", {"input": "a"}).status == 404


def test_models_are_listed_without_v1_too() -> None:
    assert World().get("/models").json == World().get("/v1/models").json
    assert World().get("/models/qa").json["id"] == "qa"


def test_info_is_teis() -> None:
    info = World().get("/info").json
    assert info["model_type"] == {"embedding": {"pooling": "mean"}}
    assert (info["max_input_length"], info["max_client_batch_size"]) == (384, 2048)
    assert (info["served_model_name"], info["model_sha"], info["auto_truncate"]) == ("embeddings", "0" * 40, True)
    assert World(None, RERANK).get("/info").json["model_type"]["reranker"]["id2label"] == {"0": "LABEL_0"}
    assert World(None, QA).get("/info").status == 404


@pytest.mark.parametrize(
    ("inputs", "sent", "is_json"),
    [
        ([101, 7592, 102], ["[101,7592,102]"], True),
        ([[101, 102], [7]], ["[101,102]", "[7]"], True),
        (["a", [101, 102]], ['"a"', "[101,102]"], True),
        (["a", "[1]"], ["a", "[1]"], None),
    ],
)
def test_token_ids_are_the_models_own(inputs: object, sent: list[str], is_json: bool | None) -> None:
    seen: list[dict[str, Any]] = []

    def remember(payload: bytes) -> bytes:
        seen.append(json.loads(payload)["request"])
        return embed(payload)

    assert len(World({"embeddings": remember}).post("/embed", {"inputs": inputs}).json) == len(sent)
    assert (seen[0]["input"], seen[0].get("is_json")) == (sent, is_json)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([["a", "b"]], "'inputs[0][0]' should be a valid integer."),
        ([-1], "'inputs[0]' should be greater than or equal to 0."),
        ([1.5], "'inputs[0]' should be a valid string."),
        ([], "'inputs' must not be empty."),
        ([[]], "'inputs[0]' must not be empty."),
        ("", "'inputs' must not be empty."),
        (None, "'inputs' must be a string or a list of strings."),
    ],
)
def test_wrong_inputs_are_named_as_they_were_sent(inputs: object, message: str) -> None:
    answer = World().post("/embed", {"inputs": inputs})
    assert answer.json == {"error": message, "error_type": "Empty" if "empty" in message else "Validation"}


def test_tokens_and_texts_are_asked_of_the_model() -> None:
    world = World()
    assert world.post("/tokenize", {"inputs": ["a", "b"]}).json[1][0]["id"] == 7
    assert world.post("/decode", {"ids": [101, 7]}).json == ["decoded"]
    assert world.post("/decode", {"ids": [[101], [7, 8]]}).json == ["decoded", "decoded"]
    wrong: tuple[Any, ...] = ([], [[]], ["a"], [-1], "a", [2**40])
    for ids in wrong:
        assert world.post("/decode", {"ids": ids}).status == 400


def test_an_inference_has_teis_headers_on_teis_paths_only() -> None:
    timed = json.loads(embed(json.dumps({"request": {"input": ["ab", "c"]}}).encode()))
    timed["meta"] |= {"tokens": 9, "ms": {"total": 12.7, "tokenize": 1.9, "model": 10.2}}
    world = World({"embeddings": lambda _: json.dumps(timed).encode(), "qa": first_word})
    headers = world.post("/embed", {"inputs": ["ab", "c"]}).headers
    assert (headers["x-compute-characters"], headers["x-compute-tokens"], headers["x-compute-type"]) == (
        "3",
        "9",
        "cpu",
    )
    assert (headers["x-tokenization-time"], headers["x-inference-time"], headers["x-compute-time"]) == ("1", "10", "12")
    assert headers["x-total-time"].isdecimal()
    assert headers["x-queue-time"].isdecimal()
    assert "x-compute-type" not in world.post("/v1/embeddings", {"input": ["ab", "c"]}).headers
