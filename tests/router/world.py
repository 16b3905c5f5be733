"""A router with models of this process, and the events to ask it: the small world of these tests."""

import base64
import copy
import gzip
import hashlib
import json
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.app import App
from router.auth import ApiKeys, Auth, Nobody
from router.handler import handle
from router.invoker import InProcess, Invoker
from router.models import Models
from shared.served import ServedModel
from shared.wire import wire_of

EVENTS = Path(__file__).parent.parent / "events"
DIMENSIONS = 4
Function = Callable[[bytes], bytes]


def event(name: str) -> dict[str, Any]:
    """A recorded event, as if the gateway had taken it just now."""
    recorded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    recorded["requestContext"]["timeEpoch"] = int(time.time() * 1000)
    return recorded


@dataclass
class FakeContext:
    """Lambda's context object, with a fixed time left."""

    remaining_ms: int = 30_000
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Answered:
    """A response event, read."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        error = self.json["error"]
        return str(error["code"] if isinstance(error, dict) else self.json["error_type"])


def served(model_id: str, service: str, **more: Any) -> ServedModel:
    facts: dict[str, Any] = {
        "id": model_id,
        "task": model_id,
        "service": service,
        "aliases": [],
        "default": True,
        "warm": 1,
        "limits": wire_of(service).Request.LIMITS,
        "example": wire_of(service).ENDPOINTS[0].body.example,
        "source": "file:reader",
        "revision": "0" * 40,
        "license": "Apache-2.0",
        "created": 1_795_000_000,
        "max_tokens": 384,
        "dimensions": DIMENSIONS if service == "embeddings" else None,
        "quantization": "int8",
        "quality": {"cosine_mean": 0.999},
        "memory_mb": 1769,
        "config": {"pooling": "mean", "prompts": {}} if service == "embeddings" else {},
    }
    return ServedModel(**{**facts, **more})


QA = served("qa", "question_answering")
EMBEDDINGS = served("embeddings", "embeddings")


def reply(result: dict[str, Any], **meta: Any) -> bytes:
    return json.dumps({"result": result, "meta": {"cold": False, "sandbox": "s1", "ms": {"run": 1.5}, **meta}}).encode()


def first_word(payload: bytes) -> bytes:
    """A reader that answers with the first words of the context, one after the other."""
    request = json.loads(payload)["request"]
    results = [{"answers": _words(c, request.get("top_k", 1)), "no_answer_score": 0.25} for c in request["context"]]
    return reply({"results": results}, tokens=7 * len(results))


def _words(context: str, count: int) -> list[dict[str, Any]]:
    answers, start = [], 0
    for rank, word in enumerate(context.split()[:count]):
        start = context.index(word, start)
        answers.append({"answer": word, "score": 0.5 / (rank + 1), "start": start, "end": start + len(word)})
        start += len(word)
    return answers


def vector(text: str) -> bytes:
    """Four float32 that belong to this text and no other."""
    return struct.pack("<4f", *(byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:4]))


def embed(payload: bytes) -> bytes:
    request = json.loads(payload)["request"]
    texts = request["input"]
    if request.get("operation", "embed") != "embed":
        piece = {"id": 7, "text": "a", "special": False, "start": 0, "stop": 1}
        written = json.dumps([piece]) if request["operation"] == "tokenize" else "decoded"
        return reply({"texts": [written] * len(texts), "tokens": [1] * len(texts)})
    vectors = [base64.b64encode(vector(text)).decode() for text in texts]
    tokens = [len(text.split()) + 2 for text in texts]
    return reply({"embeddings": vectors, "dimensions": DIMENSIONS, "tokens": tokens}, tokens=sum(tokens))


class World:
    """A router, and how it is asked."""

    def __init__(
        self,
        functions: Mapping[str, Function] | None = None,
        *models: ServedModel,
        invoker: Invoker | None = None,
        keys: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        concurrency: int = 4,
    ) -> None:
        invoker = invoker or InProcess({"qa": first_word, "embeddings": embed, **(functions or {})})
        self.app = App(
            Models(models or (QA, EMBEDDINGS)), invoker, auth or (ApiKeys(keys) if keys else Nobody()), concurrency
        )

    def request(self, method: str, path: str, body: object = None, **headers: str) -> Answered:
        """Ask; a body that is no string is sent as JSON."""
        sent = event("http_api_post")
        sent["rawPath"] = path
        sent["requestContext"]["http"] = {**sent["requestContext"]["http"], "method": method, "path": path}
        sent["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent["body"] = body if isinstance(body, str) else json.dumps(body)
        if body is None:
            del sent["body"]
        return self.send(sent)

    def send(self, sent: dict[str, Any], context: FakeContext | None = None) -> Answered:
        answer = handle(self.app, copy.deepcopy(sent), context or FakeContext())
        body = answer["body"]
        if answer["isBase64Encoded"]:
            body = gzip.decompress(base64.b64decode(body)).decode()
        return Answered(answer["statusCode"], answer["headers"], body)

    def post(self, path: str, body: object, **headers: str) -> Answered:
        return self.request("POST", path, body, **headers)

    def get(self, path: str, **headers: str) -> Answered:
        return self.request("GET", path, **headers)
