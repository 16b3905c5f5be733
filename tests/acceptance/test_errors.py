"""Whatever is sent, the running platform answers with the error table of the README, never with a 500."""

import json
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.torch

JSON = {"content-type": "application/json"}
QA = {"question": "Who?", "context": "Ada wrote it."}


@pytest.mark.parametrize("route", ["/v1/qa", "/v1/multilingual-qa", "/v1/embeddings"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_400(client: httpx.Client, route: str, body: bytes) -> None:
    assert fault(client.post(route, content=body, headers=JSON)) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/v1/qa", {"question": "Who?"}),
        ("/v1/qa", {"question": "", "context": "Ada."}),
        ("/v1/qa", {"question": "Who?", "context": "   "}),
        ("/v1/qa", {"question": 1, "context": "Ada."}),
        ("/v1/qa", {**QA, "top_k": "2"}),
        ("/v1/qa", {**QA, "top_k": 0}),
        ("/v1/qa", {**QA, "no_such_field": 1}),
        ("/v1/qa", {"question": ["a", "b"], "context": ["c"]}),
        ("/v1/qa", {"question": "\ud800", "context": "Ada."}),
        ("/v1/embeddings", {}),
        ("/v1/embeddings", {"input": ""}),
        ("/v1/embeddings", {"input": []}),
        ("/v1/embeddings", {"input": ["a", ""]}),
        ("/v1/embeddings", {"input": ["a"] * 2049}),
        ("/v1/embeddings", {"input": [1, 2, 3]}),
        ("/v1/embeddings", {"input": "a", "dimensions": 385}),
        ("/v1/embeddings", {"input": "a", "encoding_format": "hex"}),
    ],
)
def test_a_missing_or_wrong_field_is_400(client: httpx.Client, route: str, body: dict[str, Any]) -> None:
    response = client.post(route, content=json.dumps(body), headers=JSON)
    assert fault(response) == (400, "invalid_request")


def test_unknown_paths_tasks_and_models_are_404(client: httpx.Client) -> None:
    assert fault(client.get("/nowhere")) == (404, "not_found")
    assert fault(client.post("/v1/translation", json={})) == (404, "not_found")
    assert fault(client.post("/v1/qa", json={**QA, "model": "gpt"})) == (404, "model_not_found")
    assert fault(client.get("/v1/models/gpt")) == (404, "model_not_found")


def test_a_wrong_method_is_405_and_says_which_are_right(client: httpx.Client) -> None:
    response = client.delete("/v1/qa")
    assert fault(response) == (405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


def test_a_wrong_content_type_is_415(client: httpx.Client) -> None:
    response = client.post("/v1/qa", content=json.dumps(QA), headers={"content-type": "text/plain"})
    assert fault(response) == (415, "unsupported_media_type")


@pytest.mark.parametrize("megabytes", [5, 7])
def test_a_body_over_the_limit_is_413(client: httpx.Client, megabytes: int) -> None:
    response = client.post("/v1/qa", json={"question": "Who?", "context": "a" * (megabytes * 1024 * 1024)})
    assert response.status_code == 413


def fault(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an error response, whose form is checked on the way."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert "x-request-id" in response.headers
    return response.status_code, error["code"]
