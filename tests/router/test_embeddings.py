"""Embeddings as OpenAI's, Hugging Face's and TEI's clients ask for them."""

import base64
import json
import math
import struct

import pytest

from tests.router.world import EMBEDDINGS, World, embed, reply, served, vector

TOKEN_IDS = [[1, 2, 3], [[1, 2], [3]]]


def test_openais_answer_has_openais_fields() -> None:
    answer = World().post("/v1/embeddings", {"input": "one text", "model": "embeddings", "user": "u"}).json
    assert answer["object"] == "list"
    assert answer["model"] == "embeddings"
    assert answer["usage"] == {"prompt_tokens": 4, "total_tokens": 4}
    (item,) = answer["data"]
    assert (item["object"], item["index"]) == ("embedding", 0)


@pytest.mark.parametrize("texts", [["a", "bb", "ccc"], ["ü", "🎂", "\u0000"]])
def test_numbers_and_base64_are_the_same_float32(texts: list[str]) -> None:
    world = World()
    numbers = world.post("/v1/embeddings", {"input": texts}).json["data"]
    packed = world.post("/v1/embeddings", {"input": texts, "encoding_format": "base64"}).json["data"]
    for index, text in enumerate(texts):
        assert numbers[index]["index"] == packed[index]["index"] == index
        assert struct.pack("<4f", *numbers[index]["embedding"]) == vector(text)
        assert base64.b64decode(packed[index]["embedding"]) == vector(text)


@pytest.mark.parametrize("ids", TOKEN_IDS)
def test_token_ids_are_refused_with_the_name_of_langchains_switch(ids: object) -> None:
    answer = World().post("/v1/embeddings", {"input": ids})
    assert (answer.status, answer.json["error"]["param"]) == (400, "input")
    assert "check_embedding_ctx_length=False" in answer.json["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embed"])
def test_texts_as_inputs_give_the_bare_vectors(path: str) -> None:
    world = World()
    assert [struct.pack("<4f", *v) for v in world.post(path, {"inputs": "a"}).json] == [vector("a")]
    assert len(world.post(path, {"inputs": ["a", "b"]}).json) == 2


def test_the_options_of_feature_extraction_reach_the_model() -> None:
    seen = []

    def remember(payload: bytes) -> bytes:
        seen.append(json.loads(payload)["request"])
        return embed(payload)

    options = {"normalize": False, "prompt_name": "query", "truncate": False, "dimensions": 2}
    world = World({"embeddings": remember})
    world.post("/embed", {"inputs": "a", "truncation_direction": "Left", "a_later_option": 1, **options})
    assert seen == [{"input": ["a"], "truncation_direction": "left", **options}]


@pytest.mark.parametrize("path", ["/v1/embeddings", "/similarity"])
def test_similarity_is_the_cosine_with_each_sentence(path: str) -> None:
    half = math.sqrt(0.5)
    vectors = {"source": (1, 0, 0, 0), "same": (1, 0, 0, 0), "half": (half, half, 0, 0), "none": (0, 0, 1, 0)}

    def known(payload: bytes) -> bytes:
        texts = json.loads(payload)["request"]["input"]
        packed = [base64.b64encode(struct.pack("<4f", *vectors[text])).decode() for text in texts]
        return reply({"embeddings": packed, "dimensions": 4, "tokens": [1] * len(texts)})

    inputs = {"source_sentence": "source", "sentences": ["half", "none", "same"]}
    answer = World({"embeddings": known}).post(path, {"inputs": inputs, "parameters": {}})
    assert answer.json == pytest.approx([half, 0, 1])


def test_truncated_texts_are_said_in_a_header() -> None:
    def cut_two(payload: bytes) -> bytes:
        return json.dumps({**json.loads(embed(payload)), "meta": {"truncated": 2}}).encode()

    assert World({"embeddings": cut_two}).post("/v1/embeddings", {"input": "a"}).headers["x-truncated"] == "2"
    assert "x-truncated" not in World().post("/v1/embeddings", {"input": "a"}).headers


def test_many_short_texts_come_back_in_order_as_one_by_one() -> None:
    world = World()
    texts = [f"text {i}" for i in range(2048)]
    together = world.post("/v1/embeddings", {"input": texts, "encoding_format": "base64"}).json["data"]
    assert [item["index"] for item in together] == list(range(2048))
    assert [base64.b64decode(item["embedding"]) for item in together] == [vector(text) for text in texts]


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ({"input": ["a"] * 700}, "base64"),
        ({"input": ["a"] * 1500, "encoding_format": "base64"}, "fewer texts"),
        ({"inputs": ["a"] * 700}, "fewer texts"),
    ],
)
def test_an_answer_that_cannot_fit_is_refused_before_a_model_is_asked(body: object, remedy: str) -> None:
    world = World({"embeddings": lambda _: pytest.fail("asked")}, served("embeddings", "embeddings", dimensions=1024))
    answer = world.post("/v1/embeddings", body)
    assert (answer.status, answer.code) == (413, "too_large")
    assert remedy in answer.text


def test_fewer_dimensions_let_more_inputs_fit() -> None:
    world = World(None, served("embeddings", "embeddings", dimensions=1024))
    assert world.post("/v1/embeddings", {"input": ["a"] * 700, "dimensions": 4}).status == 200


def test_similarity_of_as_many_sentences_as_the_limit_allows_has_a_small_answer() -> None:
    inputs = {"source_sentence": "a", "sentences": ["b"] * 2047}
    world = World(None, served("embeddings", "embeddings", dimensions=1024))
    assert world.post("/similarity", {"inputs": inputs}).status == 200
    assert world.post("/similarity", {"inputs": {**inputs, "sentences": ["b"] * 2048}}).status == 400


@pytest.mark.parametrize("vector", [struct.pack("<3f", 1, 2, 3), b"", struct.pack("<5f", 1, 2, 3, 4, 5)])
@pytest.mark.parametrize("body", [{"input": "a"}, {"inputs": "a"}])
def test_a_vector_of_another_length_than_the_model_says_is_the_models_error(vector: bytes, body: object) -> None:
    broken = reply({"embeddings": [base64.b64encode(vector).decode()], "dimensions": 4, "tokens": [1]})
    answer = World({"embeddings": lambda _: broken}).post("/v1/embeddings", body)
    assert (answer.status, answer.code) == (502, "model_error")


def test_without_an_embeddings_model_there_are_no_tei_routes() -> None:
    assert World(None, served("qa", "question_answering")).post("/embed", {"inputs": "a"}).status == 404
    assert World(None, EMBEDDINGS).post("/embed", {"inputs": "a"}).status == 200


def test_what_a_model_says_of_a_part_is_counted_from_where_the_request_begins() -> None:
    def refuses_the_last(payload: bytes) -> bytes:
        texts = json.loads(payload)["request"]["input"]
        if "last" not in texts:
            return embed(payload)
        item = texts.index("last")
        message = f"'input[{item}]' is too long."
        error = {"code": "invalid_request", "message": message, "param": "input", "item": item}
        return json.dumps({"error": error}).encode()

    world = World({"embeddings": refuses_the_last})
    for before in (399, 0):
        texts = [*["a text of some length"] * before, "last"]
        error = world.post("/v1/embeddings", {"input": texts}).json["error"]
        assert (error["message"], error["param"]) == (f"'input[{before}]' is too long.", f"input[{before}]")
