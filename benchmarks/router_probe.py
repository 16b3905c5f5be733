"""What is measured of the router, each in a process of its own: prints milliseconds on its last line."""

import base64
import contextlib
import io
import json
import statistics
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

QUESTION = {"question": "Who wrote it?", "context": "Ada Lovelace wrote it in London. " * 8}
TEXTS = [f"sentence number {i}" for i in range(2048)]
# About what a small model takes for a sentence on one vCPU.
TEXT_S = 0.003


@dataclass
class Context:
    """As much of Lambda's context object as the router reads."""

    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def served() -> bytes:
    """The served models' JSON of a deployment with one model of each service."""
    from shared.served import SERVED_MODELS, ServedModel
    from shared.wire import wire_of

    return SERVED_MODELS.dump_json(
        [
            ServedModel(
                id=model_id,
                task=model_id,
                service=service,
                aliases=[],
                default=True,
                warm=1,
                limits=wire_of(service).Request.LIMITS,
                example=wire_of(service).ENDPOINTS[0].body.example,
                source="file:bench",
                revision="0",
                license="Apache-2.0",
                created=0,
                max_tokens=384,
                dimensions=384 if service == "embeddings" else None,
                quantization="int8",
                quality={},
                memory_mb=1769,
                config={"prompts": {}},
            )
            for model_id, service in (("qa", "question_answering"), ("embeddings", "embeddings"))
        ]
    )


def answer_at_once(payload: bytes) -> bytes:
    result = {"answers": [{"answer": "Ada", "score": 0.9, "start": 0, "end": 3}], "no_answer_score": 0.1}
    meta = {"cold": False, "sandbox": "bench", "tokens": 60, "truncated": 0, "ms": {"total": 0.0}}
    return json.dumps({"result": {"results": [result]}, "meta": meta}).encode()


def embed_slowly(payload: bytes) -> bytes:
    texts = json.loads(payload)["request"]["input"]
    time.sleep(TEXT_S * len(texts))
    vector = base64.b64encode(struct.pack("<384f", *[0.05] * 384)).decode()
    result = {"embeddings": [vector] * len(texts), "dimensions": 384, "tokens": [5] * len(texts)}
    return json.dumps({"result": result, "meta": {}}).encode()


def asker(path: str, body: Any, concurrency: int) -> Callable[[], None]:
    """A function that sends one event through a router whose models are of this process."""
    from router.app import App
    from router.auth import Nobody
    from router.handler import handle
    from router.invoker import InProcess
    from router.models import Models
    from shared.served import SERVED_MODELS

    invoker = InProcess({"qa": answer_at_once, "embeddings": embed_slowly})
    app = App(Models(SERVED_MODELS.validate_json(served())), invoker, Nobody(), concurrency)
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/json", "host": "bench", "user-agent": "bench"},
        "requestContext": {"http": {"method": "POST"}, "requestId": "bench"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }

    def ask() -> None:
        answer = handle(app, event, Context())
        assert answer["statusCode"] == 200

    return ask


def timed(ask: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def import_ms() -> float:
    return timed(lambda: __import__("router.handler"))


def import_cpu_ms() -> float:
    """The processor's share of it, which other processes of the machine do not lengthen."""
    began = time.process_time()
    __import__("router.handler")
    return (time.process_time() - began) * 1000


def question_ms(count: int) -> float:
    """The median of so many questions, the log's line included."""
    ask = asker("/v1/qa", QUESTION, 4)
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(50):
            ask()
        return statistics.median(timed(ask) for _ in range(count))


def fan_out_ms(sandboxes: int) -> float:
    ask = asker("/v1/embeddings", {"input": TEXTS, "encoding_format": "base64"}, sandboxes)
    with contextlib.redirect_stdout(io.StringIO()):
        return timed(ask)


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    measures: dict[str, Callable[..., float]] = {
        "import": import_ms,
        "import-cpu": import_cpu_ms,
        "question": question_ms,
        "fan-out": fan_out_ms,
    }
    print(measures[what](*map(int, numbers)))
