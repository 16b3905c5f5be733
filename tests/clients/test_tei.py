"""Clients of Text Embeddings Inference, with nothing but the base URL and a key; and litellm, as OpenAI's client."""

import importlib
import warnings
from typing import Any

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

huggingface_hub: Any = importlib.import_module("huggingface_hub")
tei: Any = importlib.import_module("llama_index.embeddings.text_embeddings_inference")
embedders: Any = importlib.import_module("haystack_integrations.components.embedders.huggingface_api")
haystack: Any = importlib.import_module("haystack")
secrets: Any = importlib.import_module("haystack.utils")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    litellm: Any = importlib.import_module("litellm")

TEXTS = ["The tide comes in twice a day.", "Bread rises overnight."]


@pytest.fixture(scope="module")
def expected(router: Router) -> list[list[float]]:
    client = huggingface_hub.InferenceClient(model=f"{router.url}/embed", token=router.key)
    return [client.feature_extraction(text)[0].tolist() for text in TEXTS]


def test_the_hubs_client_with_the_base_url_alone(router: Router, expected: list[list[float]]) -> None:
    """LangChain's HuggingFaceEndpointEmbeddings makes the same call by the same client."""
    client = huggingface_hub.InferenceClient(model=router.url, token=router.key)
    assert client.feature_extraction(TEXTS[0])[0].tolist() == pytest.approx(expected[0], abs=1e-6)


def test_llamaindex(router: Router, expected: list[list[float]]) -> None:
    embedding = tei.TextEmbeddingsInference(model_name="any", base_url=router.url, auth_token=router.key)
    found = embedding.get_text_embedding_batch(TEXTS)
    assert found[0] == pytest.approx(expected[0], abs=1e-6)
    assert found[1] == pytest.approx(expected[1], abs=1e-6)


def test_haystack(router: Router, expected: list[list[float]]) -> None:
    access: dict[str, Any] = {"api_type": "text_embeddings_inference", "api_params": {"url": router.url}}
    access |= {"token": secrets.Secret.from_token(router.key), "normalize": True}
    text = embedders.HuggingFaceAPITextEmbedder(**access).run(TEXTS[0])
    assert text["embedding"] == pytest.approx(expected[0], abs=1e-6)
    documents = [haystack.Document(content=text) for text in TEXTS]
    embedded = embedders.HuggingFaceAPIDocumentEmbedder(**access, progress_bar=False).run(documents)["documents"]
    assert [document.embedding for document in embedded] == [pytest.approx(vector, abs=1e-6) for vector in expected]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_litellm_which_sends_every_option(router: Router, expected: list[list[float]]) -> None:
    answer = litellm.embedding(
        model="openai/embeddings", input=TEXTS, api_base=f"{router.url}/v1", api_key=router.key, encoding_format=None
    )
    assert [one["embedding"] for one in answer.data] == [pytest.approx(vector, abs=1e-6) for vector in expected]
