"""Writes the requests that models are sent, and reads their replies (docs/api.md, "Invoking one model alone")."""

import json
from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import from_json

from router.deadline import Deadline
from shared.errors import ModelError, from_payload
from shared.request import InternalRequest

Reply = Mapping[str, Any]
"""A task's `Reply`; its lists have one entry for each item of the request."""


class Meta(BaseModel):
    """What a model says of the invocation itself. `truncated` counts items, `ms` has the time of each phase."""

    cold: bool = False
    sandbox: str = ""
    tokens: int = 0
    truncated: int = 0
    ms: dict[str, float] = Field(default_factory=dict)

    @classmethod
    def join(cls, parts: Sequence["Meta"]) -> "Meta":
        """Join those of all parts of a request: counts are summed, the phases are those of the slowest part."""
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


def encode_request(request: InternalRequest, deadline: Deadline, request_id: str) -> bytes:
    """Return the payload that asks a model."""
    payload = {"request": request.payload(), "deadline_ms": int(deadline.at_ms), "request_id": request_id}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def encode_ping(hold_ms: int) -> bytes:
    """Return the payload that only makes a model warm, and holds its sandbox for so long."""
    return json.dumps({"ping": {"hold_ms": hold_ms}}).encode()


def read_envelope(payload: bytes) -> Envelope:
    """Read a model's answer. Raises ModelError when it makes no sense."""
    try:
        return Envelope.model_validate(from_json(payload, allow_inf_nan=False))
    except ValueError:
        raise ModelError("The model's answer makes no sense. Report it with the x-request-id.") from None


def read_reply(envelope: Envelope, kind: type[Any], items: int) -> Reply:
    """Return the task's reply in an answer; `kind` is its TypedDict, `items` the number of items asked.

    Raises the error that the model reports, or ModelError when the answer is another than asked for.
    """
    if envelope.error is not None:
        raise from_payload(envelope.error)
    reply = envelope.result or {}
    try:
        _schema(cast(Hashable, kind)).model_validate(reply)
    except ValidationError:
        raise ModelError("The model's answer is not of its task. Report it with the x-request-id.") from None
    if any(len(value) != items for value in reply.values() if isinstance(value, list)):
        raise ModelError("The model answered another number of items. Report it with the x-request-id.")
    return reply


def join_replies(parts: Sequence[Reply]) -> Reply:
    """Join the replies to the parts of a request, in order: lists in a row, other values from the first part."""
    first = parts[0]
    return {
        name: [entry for part in parts for entry in part[name]] if isinstance(value, list) else value
        for name, value in first.items()
    }


@cache
def _schema(kind: Any) -> Any:
    """Return a type as pydantic can check it, which takes a TypedDict itself from Python 3.12 on only."""
    if is_typeddict(kind):
        optional = kind.__optional_keys__
        fields = {name: (_schema(of), None if name in optional else ...) for name, of in get_type_hints(kind).items()}
        return create_model(kind.__name__, __config__=ConfigDict(strict=True), **fields)  # type: ignore[call-overload]
    origin, args = get_origin(kind), get_args(kind)
    return (Union if origin is UnionType else origin)[tuple(map(_schema, args))] if args else kind
