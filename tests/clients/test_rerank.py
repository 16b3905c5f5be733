"""Cohere's SDK, and LangChain's and LlamaIndex's rerankers of Cohere, Jina and TEI, against a running reranker.

It is a tiny one of random weights: what is tested is what the clients send and read, not what the model knows.
"""

import gc
import importlib
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.conftest import Router
from tests.stack import PROJECT_PYTHON, ROOT, running

# The libraries leave their connections to the garbage collector, which tells of each.
pytestmark = [pytest.mark.clients, pytest.mark.filterwarnings("ignore::ResourceWarning")]

cohere: Any = importlib.import_module("cohere")
langchain_cohere: Any = importlib.import_module("langchain_cohere")
schema: Any = importlib.import_module("llama_index.core.schema")
cohere_rerank: Any = importlib.import_module("llama_index.postprocessor.cohere_rerank")
jinaai_rerank: Any = importlib.import_module("llama_index.postprocessor.jinaai_rerank")
tei_rerank: Any = importlib.import_module("llama_index.postprocessor.tei_rerank")

QUERY = "Where does the river rise?"
DOCUMENTS = [
    "The mill at Harn makes electricity.",
    "The river Tavel rises in the Grey Mountains.",
    "The bridge is 84 metres long.",
    "Die Brücke über die Lahne wurde 1911 gebaut.",
]
CATALOG = """
[rerank]
service = "rerank"
source = "file:bert"
license = "Apache-2.0"
quantize = "none"
gate = "off"
"""


@pytest.fixture(scope="session")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    if "MODEL_ROUTER_RERANK_URL" in os.environ:
        url = os.environ["MODEL_ROUTER_RERANK_URL"].rstrip("/")
        yield Router(url, os.environ.get("MODEL_ROUTER_KEY", "none"))
        return
    folder = tmp_path_factory.mktemp("catalog")
    catalog = folder / "rerank-clients.toml"
    catalog.write_text(CATALOG, encoding="utf-8")
    for command in (
        ("tests.rerank.golden.tiny", "bert", str(folder / "bert")),
        ("models", "build", "--catalog", str(catalog)),
    ):
        subprocess.run([PROJECT_PYTHON, "-m", *command], cwd=ROOT, check=True)
    key = "a key for the client libraries"
    with running(api_keys=f"clients={key}", catalog=catalog) as stack:
        yield Router(stack.url, key)


@pytest.fixture(scope="session")
def scores(reranker: Router) -> list[float]:
    """The scores of the documents, without any client library."""
    request = urllib.request.Request(
        f"{reranker.url}/v1/rerank",
        json.dumps({"query": QUERY, "documents": DOCUMENTS}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {reranker.key}"},
    )
    with urllib.request.urlopen(request) as response:
        results = json.load(response)["results"]
    found = {result["index"]: result["relevance_score"] for result in results}
    assert list(found.values()) == sorted(found.values(), reverse=True)
    return [found[index] for index in range(len(DOCUMENTS))]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Close each test's connections within it."""
    yield
    gc.collect()


@pytest.fixture
def nodes() -> list[Any]:
    return [schema.NodeWithScore(node=schema.TextNode(text=text), score=0.0) for text in DOCUMENTS]


def assert_best_first(found: list[tuple[int, float]], scores: list[float], count: int = len(DOCUMENTS)) -> None:
    best = sorted(range(len(scores)), key=lambda index: -scores[index])[:count]
    assert [index for index, _ in found] == best
    assert [score for _, score in found] == pytest.approx([scores[index] for index in best], abs=1e-6)


def test_cohere_version_2(reranker: Router, scores: list[float]) -> None:
    client = cohere.ClientV2(reranker.key, base_url=reranker.url)
    answer = client.rerank(model="rerank", query=QUERY, documents=DOCUMENTS, top_n=3, max_tokens_per_doc=256)
    assert_best_first([(one.index, one.relevance_score) for one in answer.results], scores, 3)
    assert answer.meta.tokens.input_tokens > 40


def test_cohere_version_1_with_objects_that_come_back(reranker: Router, scores: list[float]) -> None:
    client = cohere.Client(reranker.key, base_url=reranker.url)
    documents = [{"text": text, "title": f"Number {i}"} for i, text in enumerate(DOCUMENTS)]
    answer = client.rerank(
        model="rerank", query=QUERY, documents=documents, return_documents=True, max_chunks_per_doc=4
    )
    assert_best_first([(one.index, one.relevance_score) for one in answer.results], scores)
    assert [one.document.text for one in answer.results] == [DOCUMENTS[one.index] for one in answer.results]
    by_title = client.rerank(model="rerank", query=QUERY, documents=documents, rank_fields=["title", "text"])
    assert {one.index for one in by_title.results} == set(range(len(DOCUMENTS)))
    assert by_title.results[0].relevance_score != answer.results[0].relevance_score


def test_a_mistake_is_coheres_bad_request(reranker: Router) -> None:
    client = cohere.ClientV2(reranker.key, base_url=reranker.url)
    with pytest.raises(cohere.BadRequestError, match="'query' must not be empty"):
        client.rerank(model="rerank", query="", documents=DOCUMENTS)
    with pytest.raises(cohere.NotFoundError, match="model_not_found"):
        client.rerank(model="rerank-v3.5", query=QUERY, documents=DOCUMENTS)
    with pytest.raises(cohere.UnauthorizedError):
        cohere.ClientV2("wrong", base_url=reranker.url).rerank(model="rerank", query=QUERY, documents=DOCUMENTS)


def test_langchain(reranker: Router, scores: list[float]) -> None:
    compressor = langchain_cohere.CohereRerank(
        model="rerank", cohere_api_key=reranker.key, base_url=reranker.url, top_n=2
    )
    found = compressor.rerank(DOCUMENTS, QUERY)
    assert_best_first([(one["index"], one["relevance_score"]) for one in found], scores, 2)


def test_llamaindex_as_cohere(reranker: Router, scores: list[float], nodes: list[Any]) -> None:
    postprocessor = cohere_rerank.CohereRerank(
        model="rerank", api_key=reranker.key, base_url=reranker.url, top_n=3, max_retries=1
    )
    found = postprocessor.postprocess_nodes(nodes, query_str=QUERY)
    assert_best_first([(DOCUMENTS.index(one.node.text), one.score) for one in found], scores, 3)


def test_llamaindex_as_jina(reranker: Router, scores: list[float], nodes: list[Any]) -> None:
    postprocessor = jinaai_rerank.JinaRerank(
        model="rerank", api_key=reranker.key, base_url=f"{reranker.url}/v1", top_n=2
    )
    found = postprocessor.postprocess_nodes(nodes, query_str=QUERY)
    assert_best_first([(DOCUMENTS.index(one.node.text), one.score) for one in found], scores, 2)


def test_llamaindex_as_tei(reranker: Router, scores: list[float], nodes: list[Any]) -> None:
    postprocessor = tei_rerank.TextEmbeddingInference(
        base_url=reranker.url, auth_token=f"Bearer {reranker.key}", top_n=4
    )
    found = postprocessor.postprocess_nodes(nodes, query_str=QUERY)
    assert_best_first([(DOCUMENTS.index(one.node.text), one.score) for one in found], scores)
