"""What travels between router and model (README, "Invoking one model alone"): a request out, a reply in."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from router.deadline import Deadline
from shared.errors import ModelError, from_payload
from shared.tasks import Reply, Request

R = TypeVar("R", bound=Reply)


class Meta(BaseModel):
    """What a model says of the invocation itself. `truncated` counts items, `ms` has the time of each phase."""

    cold: bool = False
    sandbox: str = ""
    tokens: int = 0
    truncated: int = 0
    ms: dict[str, float] = Field(default_factory=dict)

    @classmethod
    def merge(cls, parts: list["Meta"]) -> "Meta":
        """Of all parts of a request: counts are summed, and the phases are those of the slowest part."""
        return cls(
            cold=any(part.cold for part in parts),
            sandbox=",".join(sorted({part.sandbox for part in parts})),
            tokens=sum(part.tokens for part in parts),
            truncated=sum(part.truncated for part in parts),
            ms=max((part.ms for part in parts), key=lambda ms: ms.get("total", 0.0)),
        )


class Envelope(BaseModel):
    """What a model answers: a result, or an error of `shared.errors`."""

    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    meta: Meta = Field(default_factory=Meta)


def seal(request: Request, deadline: Deadline, request_id: str) -> bytes:
    """The payload that asks a model."""
    payload = {"request": request.model_dump(), "deadline_ms": int(deadline.at_ms), "request_id": request_id}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def seal_ping(hold_ms: int) -> bytes:
    """The payload that only makes a model warm, and holds its sandbox for so long."""
    return json.dumps({"ping": {"hold_ms": hold_ms}}).encode()


def opened(payload: bytes) -> Envelope:
    """A model's answer. Raises ModelError when it makes no sense."""
    try:
        return Envelope.model_validate(from_json(payload, allow_inf_nan=False))
    except ValueError:
        raise ModelError("The model's answer makes no sense. Report it with the x-request-id.") from None


def reply_of(envelope: Envelope, kind: type[R], items: int) -> R:
    """The task's reply in an answer, one entry for each of the `items` asked.

    Raises the error that the model reports, or ModelError when the answer is another than asked for.
    """
    if envelope.error is not None:
        raise from_payload(envelope.error)
    try:
        reply = kind.model_validate(envelope.result)
    except ValidationError:
        raise ModelError("The model's answer is not of its task. Report it with the x-request-id.") from None
    if reply.items != items:
        raise ModelError("The model answered another number of items. Report it with the x-request-id.")
    return reply
