"""OpenAI's SDK against the running router: nothing changed but URL and key."""

import importlib
from typing import Any

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

openai: Any = importlib.import_module("openai")
numpy: Any = importlib.import_module("numpy")


@pytest.fixture
def client(router: Router) -> Any:
    with openai.OpenAI(base_url=f"{router.url}/v1", api_key=router.key) as client:
        yield client


def test_a_text_becomes_a_vector(client: Any) -> None:
    answer = client.embeddings.create(model="embeddings", input="The tide comes in twice a day.")
    (item,) = answer.data
    assert len(item.embedding) == 384
    assert numpy.linalg.norm(item.embedding) == pytest.approx(1, abs=1e-5)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 5
    assert answer.model == "embeddings"


def test_base64_which_the_sdk_asks_for_and_numbers_are_the_same(client: Any) -> None:
    text = "The tide comes in twice a day."
    packed = client.embeddings.create(model="embeddings", input=text).data[0].embedding
    numbers = client.embeddings.create(model="embeddings", input=text, encoding_format="float").data[0].embedding
    assert numpy.array_equal(numpy.float32(packed), numpy.float32(numbers))


def test_dimensions_cut_and_normalise(client: Any) -> None:
    full = client.embeddings.create(model="embeddings", input="a text").data[0].embedding
    cut = client.embeddings.create(model="embeddings", input="a text", dimensions=64).data[0].embedding
    assert len(cut) == 64
    expected = numpy.float32(full[:64]) / numpy.linalg.norm(full[:64])
    assert numpy.allclose(cut, expected, atol=1e-6)


def test_2048_texts_come_back_in_order_as_one_by_one(client: Any) -> None:
    texts = [f"Sentence number {i} is about {word}." for i in range(512) for word in ("rain", "bread", "law", "stars")]
    together = client.embeddings.create(model="embeddings", input=texts)
    assert [item.index for item in together.data] == list(range(2048))
    for index in range(0, 2048, 97):
        alone = client.embeddings.create(model="embeddings", input=texts[index]).data[0].embedding
        assert numpy.allclose(together.data[index].embedding, alone, atol=1e-6), index


def test_models_are_listed_and_read(client: Any) -> None:
    listed = {model.id for model in client.models.list()}
    assert {"qa", "multilingual-qa", "embeddings"} <= listed
    assert client.models.retrieve("embeddings").object == "model"


@pytest.mark.parametrize("model", ["gpt", "owner/name"])
def test_an_unknown_model_is_not_found(client: Any, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as read:
        client.models.retrieve(model)
    with pytest.raises(openai.NotFoundError) as asked:
        client.embeddings.create(model=model, input="a")
    assert read.value.code == asked.value.code == "model_not_found"


def test_a_wrong_key_is_an_authentication_error(router: Router) -> None:
    stranger = openai.OpenAI(base_url=f"{router.url}/v1", api_key="wrong")
    with stranger, pytest.raises(openai.AuthenticationError) as caught:
        stranger.embeddings.create(model="embeddings", input="a")
    assert caught.value.code == "invalid_api_key"
    assert caught.value.request_id


@pytest.mark.parametrize("text", ["", [], [1, 2, 3], [[1], [2]], ["a"] * 2049])
def test_what_cannot_be_embedded_is_a_bad_request_that_names_the_field(client: Any, text: Any) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="embeddings", input=text)
    assert (caught.value.code, caught.value.param) == ("invalid_request", "input")


def test_more_dimensions_than_the_model_has_are_a_bad_request(client: Any) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="embeddings", input="a", dimensions=385)
    assert caught.value.param == "dimensions"
