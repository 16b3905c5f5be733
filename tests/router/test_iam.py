"""Callers whose signature the gateway checks."""

import json
from typing import Any

import pytest

from router.auth import Iam
from tests.router.world import World, event

ARN = "arn:aws:iam::123456789012:user/caller"


def test_a_signed_request_is_answered_and_its_caller_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    assert World(auth=Iam()).send(event("http_api_iam_base64")).json["answer"] == "Ada"
    assert json.loads(capsys.readouterr().out)["caller"] == ARN


@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        {},
        [],
        "iam",
        {"iam": None},
        {"iam": ARN},
        {"iam": {}},
        {"iam": {"userArn": None}},
        {"jwt": {"claims": {}}},
    ],
)
def test_an_event_without_a_checked_identity_is_403_and_asks_no_model(authorizer: Any) -> None:
    sent = event("http_api_iam_base64")
    sent["requestContext"]["authorizer"] = authorizer
    answer = World({"qa": lambda _: pytest.fail("a model was asked")}, auth=Iam()).send(sent)
    assert (answer.status, answer.code) == (403, "forbidden")


def test_a_browsers_preflight_needs_no_identity() -> None:
    answer = World(auth=Iam()).request("OPTIONS", "/v1/qa")
    assert (answer.status, answer.headers["allow"]) == (204, "POST")


@pytest.mark.parametrize("path", ["/healthz", "/docs"])
def test_open_routes_ask_for_no_identity(path: str) -> None:
    assert World(auth=Iam()).get(path).status == 200


def test_the_description_says_how_to_sign_and_what_refuses() -> None:
    document = World(auth=Iam()).get("/openapi.json").json
    assert document["security"] == [{"iam": []}]
    assert document["components"]["securitySchemes"]["iam"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    responses = document["paths"]["/v1/qa"]["post"]["responses"]
    assert "403" in responses
    assert "401" not in responses


def test_without_iam_an_identity_in_the_event_names_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    World().send(event("http_api_iam_base64"))
    assert json.loads(capsys.readouterr().out)["caller"] is None
