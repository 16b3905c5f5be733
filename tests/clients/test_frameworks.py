"""LangChain and LlamaIndex, which reach the router through OpenAI's SDK."""

import importlib
from typing import Any

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

openai: Any = importlib.import_module("openai")
tiktoken: Any = importlib.import_module("tiktoken")
langchain_openai: Any = importlib.import_module("langchain_openai")
openai_like: Any = importlib.import_module("llama_index.embeddings.openai_like")

TEXTS = ["The tide comes in twice a day.", "Bread rises overnight."]


def test_langchain_with_its_documented_switch(router: Router) -> None:
    embeddings = langchain_openai.OpenAIEmbeddings(
        model="embeddings", base_url=f"{router.url}/v1", api_key=router.key, check_embedding_ctx_length=False
    )
    vectors = embeddings.embed_documents(TEXTS)
    assert [len(vector) for vector in vectors] == [384, 384]
    assert embeddings.embed_query(TEXTS[0]) == pytest.approx(vectors[0], abs=1e-6)


def test_langchains_default_is_told_of_the_switch(router: Router) -> None:
    # Without the switch it sends ids of a vocabulary that it downloads; one id for each byte stands in for that.
    bytes_only = tiktoken.Encoding(
        name="cl100k_base",
        pat_str=r"\S+|\s+",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={},
    )
    tiktoken.registry.ENCODINGS["cl100k_base"] = bytes_only
    embeddings = langchain_openai.OpenAIEmbeddings(model="embeddings", base_url=f"{router.url}/v1", api_key=router.key)
    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length=False"):
        embeddings.embed_documents(TEXTS)


def test_llamaindex(router: Router) -> None:
    embedding = openai_like.OpenAILikeEmbedding(
        model_name="embeddings", api_base=f"{router.url}/v1", api_key=router.key
    )
    vectors = embedding.get_text_embedding_batch(TEXTS)
    assert [len(vector) for vector in vectors] == [384, 384]
    assert embedding.get_query_embedding(TEXTS[1]) == pytest.approx(vectors[1], abs=1e-6)
