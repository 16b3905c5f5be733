"""The whole way: tiny classifiers built by `python -m models build`, served by the local stack, asked over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from shared.catalog import Catalog
from shared.contract import load
from shared.manifest import Manifest
from tests.stack import ROOT, Stack, build_tiny, running
from tests.token_classification.golden.tiny import texts

pytestmark = pytest.mark.torch

TEXT = texts()["en"]["context"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return Catalog.read(build_tiny("tests.token_classification.served", tmp_path_factory.mktemp("classifiers")))


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


def test_an_int8_artifact_passes_its_gate(catalog: Catalog) -> None:
    manifest = Manifest.read(catalog.artifact("ner", ROOT))
    assert (manifest.quantization, manifest.batched, manifest.outputs) == ("int8", False, {"logits": "token"})
    assert manifest.quality["same_entities"] >= 0.9
    assert manifest.quality["entities"] > 100


@pytest.mark.parametrize("name", ["ner", "ner-bytes"])
def test_the_platform_answers_as_the_artifact_does(stack: Stack, catalog: Catalog, name: str) -> None:
    model = load(catalog.artifact(name, ROOT), threads=1)
    for strategy in ("none", "simple", "first", "average", "max"):
        options = {"aggregation_strategy": strategy, "stride": 16}
        expected = model.infer({"text": [TEXT], **options}).result["results"][0]["entities"]
        status, native, headers = post(stack, f"/v1/{name}", {"text": TEXT, **options})
        places = [(one["start"], one["end"]) for one in expected]
        assert status == 200
        assert headers["x-model"] == name
        assert [(one["start"], one["end"]) for one in native["entities"]] == places
        assert all(TEXT[one["start"] : one["end"]] == one["word"] for one in native["entities"])
        _, hugging_face, _ = post(stack, f"/v1/{name}", {"inputs": TEXT, "parameters": options})
        assert [(one["start"], one["end"]) for one in hugging_face] == places


def test_a_text_of_any_length_is_read_to_its_end(stack: Stack) -> None:
    long = "\n".join([TEXT] * 40)
    _, answer, headers = post(stack, "/v1/ner", {"text": long})
    assert max(one["end"] for one in answer["entities"]) > len(long) - len(TEXT)
    assert "x-truncated" not in headers


def test_a_batch_is_answered_in_order_and_as_one_by_one(stack: Stack) -> None:
    several = [text["context"] for text in texts().values()]
    _, together, _ = post(stack, "/v1/ner", {"text": several})
    alone = [post(stack, "/v1/ner", {"text": text})[1]["entities"] for text in several[::6]]
    assert [result["entities"] for result in together["results"][::6]] == alone


def test_a_fault_names_the_field_in_the_form_of_the_request(stack: Stack) -> None:
    status, answer, _ = post(stack, "/v1/ner", {"text": TEXT, "stride": 4096})
    assert (status, answer["error"]["param"]) == (400, "stride")
    status, answer, _ = post(stack, "/v1/ner", {"inputs": ["a", ""]})
    assert (status, answer["error_type"]) == (400, "invalid_request")
    assert answer["error"].startswith("'inputs[1]' ")


def _described(stack: Stack, path: str) -> Any:
    with urllib.request.urlopen(f"{stack.url}{path}", timeout=60) as response:
        return json.load(response)


def test_the_description_shows_both_formats(stack: Stack) -> None:
    own, others = (_described(stack, path) for path in ("/openapi.json", "/openapi-compat.json"))
    assert {"/v1/ner", "/v1/ner-bytes"} <= own["paths"].keys() & others["paths"].keys()
    assert "EntitiesBody" in own["components"]["schemas"]
    assert "TokenClassification" in others["components"]["schemas"]
