"""The whole way: tiny classifiers built by `python -m models build`, served by the local stack, asked over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from shared.catalog import Catalog
from shared.manifest import Manifest
from tests.stack import ROOT, Stack, build_tiny, running
from tests.text_classification.golden.tiny import TOPICS

pytestmark = pytest.mark.torch

TEXT = "The lighthouse at Corran Point was finished in 1871 after four years of work."


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return Catalog.read(build_tiny("tests.text_classification.served", tmp_path_factory.mktemp("classifiers")))


@pytest.fixture(scope="module")
def stack(catalog: Catalog) -> Iterator[Stack]:
    with running(catalog=catalog.path) as stack:
        yield stack


def post(stack: Stack, path: str, body: dict[str, Any]) -> tuple[int, Any, Any]:
    """Send a body; return the status, the answer and the headers."""
    request = urllib.request.Request(
        f"{stack.url}{path}", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response), response.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


@pytest.mark.parametrize("name", ["sentiment", "topics"])
def test_an_int8_artifact_passes_its_gate(catalog: Catalog, name: str) -> None:
    manifest = Manifest.read(catalog.artifact(name, ROOT))
    assert (manifest.quantization, manifest.outputs) == ("int8", {"logits": "sequence"})
    assert manifest.quality["same_label"] >= 0.97


def test_a_text_has_its_best_label(stack: Stack) -> None:
    status, answer, headers = post(stack, "/v1/sentiment", {"text": TEXT})
    assert status == 200
    assert answer == {"label": "POSITIVE", "score": answer["score"], "model": "sentiment"}
    assert 0.5 < answer["score"] <= 1
    assert headers["x-model"] == "sentiment"


def test_labels_that_do_not_exclude_each_other_come_with_a_probability_each(stack: Stack) -> None:
    _, answer, _ = post(stack, "/v1/topics", {"text": TEXT, "top_k": 100})
    scores = {one["label"]: one["score"] for one in answer["labels"]}
    assert set(scores) == set(TOPICS)
    assert sum(scores.values()) > 1.2
    assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_a_batch_is_answered_in_order_and_as_one_by_one(stack: Stack) -> None:
    texts = [f"{TEXT} {number} masons came." for number in range(40)] + ["short"]
    _, together, _ = post(stack, "/v1/topics", {"text": texts, "top_k": 6})
    alone = [post(stack, "/v1/topics", {"text": text, "top_k": 6})[1] for text in texts[::10]]
    assert [{**result, "model": "topics"} for result in together["results"][::10]] == alone


def test_the_three_formats_agree(stack: Stack) -> None:
    _, own, _ = post(stack, "/v1/sentiment", {"text": TEXT, "top_k": 100})
    assert post(stack, "/v1/sentiment", {"inputs": TEXT, "parameters": {}})[1] == [own["labels"]]
    assert post(stack, "/predict", {"inputs": TEXT})[1] == own["labels"]
    _, pair, _ = post(stack, "/v1/sentiment", {"text": TEXT, "text_pair": "Why?", "top_k": 2})
    assert post(stack, "/predict", {"inputs": [TEXT, "Why?"]})[1] == pair["labels"] != own["labels"]
    assert post(stack, "/predict", {"inputs": [[TEXT], [TEXT, "Why?"]]})[1] == [own["labels"], pair["labels"]]


def test_a_long_text_is_cut_and_said_to_be_or_refused(stack: Stack) -> None:
    long = " ".join([TEXT] * 20)
    assert post(stack, "/v1/sentiment", {"text": [TEXT, long]})[2]["x-truncated"] == "1"
    status, answer, _ = post(stack, "/v1/sentiment", {"text": [TEXT, long], "truncate": False})
    assert (status, answer["error"]["param"]) == (400, "text[1]")
    assert answer["error"]["message"].startswith("'text[1]' is ")
    status, answer, _ = post(stack, "/predict", {"inputs": long, "truncate": False})
    assert (status, answer["error_type"]) == (400, "Validation")


def test_the_item_at_fault_is_named_as_the_caller_counts_them(stack: Stack) -> None:
    texts = [f"{TEXT} {'on and on ' * 20}" for _ in range(60)] + [" ".join([TEXT] * 20)]
    _, answer, _ = post(stack, "/v1/topics", {"text": texts, "truncate": False})
    assert answer["error"]["message"].startswith("'text[60]' is ")


def _described(stack: Stack, path: str) -> Any:
    with urllib.request.urlopen(f"{stack.url}{path}", timeout=60) as response:
        return json.load(response)


def test_the_description_shows_every_format(stack: Stack) -> None:
    own, others = (_described(stack, path) for path in ("/openapi.json", "/openapi-compat.json"))
    assert {"/v1/sentiment", "/v1/topics"} <= own["paths"].keys() & others["paths"].keys()
    assert "/predict" in others["paths"]
    assert "ClassificationBody" in own["components"]["schemas"]
    assert {"TextClassification", "Prediction"} <= others["components"]["schemas"].keys()
