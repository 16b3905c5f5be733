"""Who gets in, who does not, and what is said of it in the log."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.router.world import Answered, World, event

KEY = "correct horse battery staple"
OTHER = "another key altogether"
KEYS = {name: hashlib.sha256(key.encode()).hexdigest() for name, key in {"alice": KEY, "bob": OTHER}.items()}
QUESTION = {"question": "Who?", "context": "Ada wrote it."}


@pytest.mark.parametrize("key", [KEY, OTHER, "a wrong key"])
def test_every_digest_is_compared_in_constant_time(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def count(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", count)
    World(keys=KEYS).get("/v1/models", x_api_key=key)
    assert compared == [digest.encode() for digest in KEYS.values()]


class NoBody(str):
    """A body that must not be looked at."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        pytest.fail("the body was read")


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY}"},
        {"x-api-key": KEY},
        {"x-api-key": OTHER},
        {"authorization": "Bearer hf_of_another_service", "x-api-key": KEY},
        {"authorization": "AWS4-HMAC-SHA256 Credential=x", "x-api-key": KEY},
    ],
)
def test_a_known_key_is_let_in(headers: dict[str, str]) -> None:
    assert World(keys=KEYS).post("/v1/qa", QUESTION, **headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer "},
        {"authorization": KEY},
        {"authorization": "Bearer hf_of_another_service"},
        {"x-api-key": ""},
        {"x-api-key": KEYS["alice"]},
        {"x-api-key": KEY + " "  + "x"},
        {"x-api-key": "\ud800"},
    ],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/qa"), ("GET", "/v1/models"), ("GET", "/nowhere")])
def test_anyone_else_is_401_before_anything_else(headers: dict[str, str], method: str, path: str) -> None:
    answer = World(keys=KEYS).request(method, path, QUESTION, **headers)
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_without_a_key_neither_the_body_nor_a_model_is_touched() -> None:
    sent: dict[str, Any] = event("http_api_post")
    sent["body"] = NoBody("{}")
    sent["headers"]["content-type"] = "text/plain"
    world = World({"qa": lambda _: pytest.fail("a model was asked")}, keys=KEYS)
    assert world.send(sent).status == 401


def test_on_a_tei_route_the_refusal_has_teis_form() -> None:
    answer = World(keys=KEYS).post("/embed", {"inputs": "a"})
    assert (answer.status, answer.json["error_type"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/healthz", "/health", "/ping"])
def test_health_and_the_pages_need_no_key(path: str) -> None:
    assert World(keys=KEYS).get(path).status == 200


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_the_log_has_one_line_per_request_with_the_keys_name(capsys: pytest.CaptureFixture[str]) -> None:
    World(keys=KEYS).post("/v1/qa", QUESTION, x_api_key=OTHER)
    (line,) = logged(capsys)
    assert line["caller"] == "bob"
    assert line["route"] == "/v1/qa"
    assert (line["status"], line["outcome"], line["model"]) == (200, "ok", "qa")
    assert line["request_id"] == "LV7fzho-PHcEJPw="
    assert {"router_ms", "model_ms", "requests", "errors"} <= line.keys()


@pytest.mark.parametrize("key", [KEY, "a wrong key"])
def test_neither_keys_nor_digests_nor_texts_are_logged(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "the launch code is 1234"

    def fails(payload: bytes) -> bytes:
        raise ValueError(payload)

    world = World({"embeddings": fails}, keys=KEYS)
    bodies: list[object] = [
        {"question": secret, "context": secret},
        {"question": secret, "context": 1},
        {secret: secret},
        {"inputs": secret},
        secret,
    ]
    answers = [
        world.request(method, path, body, authorization=f"Bearer {key}")
        for method in ("POST", "GET")
        for path in ("/v1/qa", "/v1/embeddings", "/embed", f"/v1/{secret}", f"/v1/models/{secret}")
        for body in bodies
    ]
    out, err = capsys.readouterr()
    for hidden in (key, KEYS["alice"], secret):
        assert hidden not in out + err
    assert len(out.splitlines()) == len(answers)


def test_a_path_that_is_unknown_has_no_name_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    World().get("/a/path/of/the/caller")
    (line,) = logged(capsys)
    assert line["route"] == "unknown"


def failing_by_a_bug() -> Answered:
    def fails(payload: bytes) -> bytes:
        raise ValueError("the caller's text: Ada wrote it.")

    return World({"qa": fails}).post("/v1/qa", QUESTION)


def test_a_bug_of_the_router_is_500_without_a_word_of_the_cause() -> None:
    answer = failing_by_a_bug()
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "Ada" not in answer.text
    assert "ValueError" not in answer.text
    assert answer.headers["x-request-id"] == "LV7fzho-PHcEJPw="


def test_a_bug_of_the_router_is_logged_by_type_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    failing_by_a_bug()
    (line,) = logged(capsys)
    assert line["fault"] == "ValueError"
    assert "test_keys.py" in line["place"]
    assert line["errors"] == 1
    assert "Ada" not in json.dumps(line)


@pytest.mark.parametrize("path", ["/embed", "/v1/embeddings", "/v1/models"])
def test_options_is_answered_without_a_key(path: str) -> None:
    answer = World(keys={"alice": "0" * 64}).request("OPTIONS", path)
    assert (answer.status, answer.text) == (204, "")


def test_azures_header_has_the_key_too() -> None:
    world = World(keys=KEYS)
    assert world.post("/embed", {"inputs": "a"}, api_key=KEY).status == 200
    assert world.post("/embed", {"inputs": "a"}, api_key="wrong").status == 401
