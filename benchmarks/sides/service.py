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
    """Import the handler, which loads the model. Times what `services.session` does, from outside."""
    session = importlib.import_module("services.session")
    clock.lap("imports")
    # The tokenizer is opened beside the session; its phase is what it takes beyond.
    for name, phase in (("open_session", "session"), ("open_artifact", "tokenizer")):
        setattr(session, name, _inside(getattr(session, name), clock, phase))
    handler = importlib.import_module(f"services.{options['service']}.handler").handler

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
