"""A platform for the command's tests: reads each body as the router does, and answers at once, without a model.

`python -m tests.cli.fake_router --fail-every 7` serves on a free port, which it prints, and answers each seventh
request with an error that passes; with `--delay-s` it thinks before it answers.
"""

import argparse
import base64
import hashlib
import json
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.embeddings.wire import EmbeddingsBody
from services.question_answering.wire import QuestionBody
from services.rerank.wire import RerankBody
from services.text_classification.wire import ClassificationBody
from services.token_classification.wire import EntitiesBody
from shared.body import Body
from shared.errors import InvalidRequest

DIMENSIONS = 8
KEY = "fake-key"
TASKS: dict[str, type[Body]] = {
    "qa": QuestionBody,
    "embeddings": EmbeddingsBody,
    "rerank": RerankBody,
    "sentiment": ClassificationBody,
    "ner": EntitiesBody,
}


def vector_of(text: str) -> tuple[float, ...]:
    """Return the vector that this platform answers for a text: no two texts share one."""
    return struct.unpack("<8f", struct.pack("<8f", *(byte / 64 for byte in hashlib.sha256(text.encode()).digest()[:8])))


def served(task: str) -> dict[str, Any]:
    """Return what `/v1/models` says of a task's model."""
    facts = {"license": "MIT", "revision": "r1", "quantization": "int8", "max_tokens": 256}
    return {
        "id": task,
        "task": task,
        "default": True,
        "dimensions": DIMENSIONS if task == "embeddings" else None,
        "limits": {"characters": 1000, "items": 128},
        **facts,
    }


class FakeRouter(ThreadingHTTPServer):
    """Keeps count: `requests` of all that came, `texts` of those that were embedded."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fail_every: int = 0, delay_s: float = 0, key: str | None = None, most_items: int = 128) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fail_every, self.key, self.most_items = fail_every, key, most_items
        self.delay_s = delay_s
        self.requests, self.texts = 0, 0
        self.retry_after = "0"
        self.lock = threading.Lock()

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that were killed."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two segments: with Nagle's algorithm the second waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    server: FakeRouter

    def do_GET(self) -> None:
        if not self._is_allowed():
            return
        if self.path != "/v1/models":
            return self._error(404, "There is nothing at this path.")
        self._answer({"object": "list", "data": [served(task) for task in TASKS]})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self._is_allowed():
            return
        with self.server.lock:
            self.server.requests += 1
            count = self.server.requests
        time.sleep(self.server.delay_s)
        if self.server.fail_every and count % self.server.fail_every == 0:
            return self._error(429, "The model is busy.", {"retry-after": self.server.retry_after})
        task = self.path.removeprefix("/v1/")
        try:
            body = TASKS[task].read({name: value for name, value in sent.items() if name != "model"})
        except KeyError:
            return self._error(404, "There is nothing at this path.")
        except InvalidRequest as error:
            return self._error(400, str(error), param=error.param)
        self._answer(getattr(self, f"_{task}")(body))

    def _is_allowed(self) -> bool:
        if self.server.key and self.headers.get("authorization") != f"Bearer {self.server.key}":
            self._error(401, "Send a valid API key.")
            return False
        return True

    def _embeddings(self, body: EmbeddingsBody) -> Any:
        texts = [body.input] if isinstance(body.input, str) else body.input
        if len(texts) > self.server.most_items:
            return self._error(504, "The deadline passed before the model answered.")
        if "refuse me" in texts:
            index = texts.index("refuse me")
            return self._error(400, f"'input[{index}]' is refused.", param=f"input[{index}]")
        with self.server.lock:
            self.server.texts += len(texts)
        assert body.encoding_format == "base64"
        vectors = [struct.pack("<8f", *vector_of(text))[: 4 * (body.dimensions or DIMENSIONS)] for text in texts]
        data = [{"index": i, "embedding": base64.b64encode(one).decode()} for i, one in enumerate(vectors)]
        return {"data": data, "usage": {"total_tokens": 5 * len(texts)}}

    def _qa(self, body: QuestionBody) -> Any:
        assert isinstance(body.context, str)
        word = body.context.split()[0]
        found = {"answer": word, "score": 0.9, "start": 0, "end": len(word)}
        return {**found, "no_answer_score": 0.0, "answers": [found] * body.top_k, "model": "qa"}

    def _rerank(self, body: RerankBody) -> Any:
        results = [{"index": i, "relevance_score": 1 / (i + 1)} for i in range(len(body.documents))]
        return {"results": results[: body.top_n], "model": "rerank"}

    def _sentiment(self, body: ClassificationBody) -> Any:
        return {"results": [{"label": "POSITIVE", "score": 0.99} for _ in body.text], "model": "sentiment"}

    def _ner(self, body: EntitiesBody) -> Any:
        found = [{"entity_group": "PER", "score": 0.99, "word": text[:3], "start": 0, "end": 3} for text in body.text]
        return {"results": [{"entities": [one]} for one in found], "model": "ner"}

    def _answer(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        if value is None:
            return
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _error(
        self, status: int, message: str, headers: dict[str, str] | None = None, param: str | None = None
    ) -> None:
        code = "not_found" if status == 404 else "invalid_request"
        self._answer({"error": {"message": message, "param": param, "code": code}}, status, headers)

    def log_message(self, *_: Any) -> None:
        """Write no line for each request."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fail-every", type=int, default=0)
    parser.add_argument("--delay-s", type=float, default=0)
    router = FakeRouter(**vars(parser.parse_args()))
    print(router.url, flush=True)
    router.serve_forever()
