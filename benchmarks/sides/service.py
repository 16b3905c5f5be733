"""Our service as Lambda runs it: the handler of the model's container, payload in, reply out."""

import importlib
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.side import Answer, Clock

REMAINING_MS = 120_000


class Context:
    """What is used of Lambda's context object."""

    def __init__(self) -> None:
        self.aws_request_id = uuid.uuid4().hex

    def get_remaining_time_in_millis(self) -> int:
        return REMAINING_MS


def load(options: dict[str, Any], clock: Clock) -> Answer:
    """Import the handler, which loads the model. Times what `shared.encoder` opens, from outside."""
    onnx, encoder = (importlib.import_module(f"shared.encoder.{name}") for name in ("onnx", "encoder"))
    clock.lap("imports")
    # The tokenizer is opened beside the session; its phase is the time that opening both takes longer than the session.
    for owner, name, phase in ((onnx, "open_session", "session"), (encoder.Encoder, "open", "tokenizer")):
        setattr(owner, name, _inside(getattr(owner, name), clock, phase))
    handler = importlib.import_module("services.handler").handler

    def answer(request: dict[str, Any]) -> Any:
        reply = handler({"request": request}, Context())
        if "error" in reply:
            raise RuntimeError(reply["error"]["message"])
        return reply["result"]

    return answer


def _inside(function: Callable[..., Any], clock: Clock, phase: str) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        with clock.inside(phase):
            return function(*arguments, **options)

    return timed
