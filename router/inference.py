"""Answers one inference: checks a body, asks a model in parts, and writes the answer in the body's own format."""

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from router import fanout, parts, payload
from router.http import Request, Response
from router.invoker import Invoker
from router.models import Models
from router.parts import Part
from router.payload import Meta, Reply
from router.trace import Trace
from shared.errors import InvalidRequest, TooLarge
from shared.request import InternalRequest, Limits
from shared.rules import too_long
from shared.served import ServedModel
from shared.wire import Body, Endpoint, wire_of

# Lambda carries 6 MB; the rest is for the headers and the envelope of the response event.
ANSWER_BYTES = 6 * 1024 * 1024 - 16 * 1024


@dataclass(frozen=True)
class Format:
    """One wire format at one path, and the task that it asks."""

    endpoint: Endpoint
    task: str


@dataclass(frozen=True)
class Inference:
    """Puts requests to the models, with at most `concurrency` invocations of one request at a time."""

    models: Models
    invoker: Invoker
    concurrency: int

    def answer(self, formats: Sequence[Format], request: Request, trace: Trace) -> Response:
        """Check the body, ask a model, write its answer. Raises `shared.errors.Error`.

        The first of the path's `formats` that accepts the body is the one that is meant, else the first of all.
        """
        value = parse(request.body())
        meant = next((one for one in formats if one.endpoint.body.accepts(value)), formats[0])
        trace.error_form = meant.endpoint.error_form
        body = meant.endpoint.body.read(value)
        model = self.models.for_task(meant.task, body.model)
        trace.model = model.id
        asked: InternalRequest = body.request()
        check_limits(asked.texts, model.limits)
        _check_size(body.answer_bytes(model.dimensions), body)
        text = body.answer(self._ask(model, asked, request, trace), model.id)
        _check_size(_carried_bytes(text), body)
        return Response(status=200, body=text)

    def _ask(self, model: ServedModel, asked: InternalRequest, request: Request, trace: Trace) -> Reply:
        kind = wire_of(model.service).Reply
        split = parts.split(asked, max_parts=self.concurrency, dimensions=model.dimensions)
        trace.parts = len(split)
        metas: list[Meta] = []

        def ask(part: Part[InternalRequest]) -> Reply:
            sent = payload.encode_request(part.request, request.deadline, request.id)
            envelope = payload.read_envelope(self.invoker.invoke(model.id, sent))
            metas.append(envelope.meta)
            try:
                return payload.read_reply(envelope, kind, part.request.items)
            except InvalidRequest as error:
                raise error.counted_from(part.first) from None

        began = time.perf_counter()
        try:
            replies = fanout.gather(ask, split, concurrency=self.concurrency, deadline=request.deadline)
        finally:
            trace.model_ms = (time.perf_counter() - began) * 1000
            trace.meta = Meta.join(metas) if metas else None
        return payload.join_replies(replies)


def parse(data: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises InvalidRequest, also for NaN, lone surrogates and deep nesting."""
    gc.disable()  # it would look for garbage at each of a million lists in a body, which takes seconds
    try:
        value = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from None
    finally:
        gc.enable()
    if not isinstance(value, dict):
        raise InvalidRequest
    return value


def check_limits(texts: dict[str, list[str]], limits: Limits) -> None:
    """Raise InvalidRequest when there are more items than a model's limits allow, or longer ones."""
    for field, items in texts.items():
        if len(items) > limits.items:
            problem = f"{len(items)} items; the limit is {limits.items} in one request. Send them in several."
            raise InvalidRequest(f"'{field}' has {problem}", param=field)
    for field, items in texts.items():
        for index, text in enumerate(items):
            if len(text) > limits.characters:
                param = field if len(items) == 1 else f"{field}[{index}]"
                raise InvalidRequest(f"'{param}' {too_long(len(text), limits.characters)}", param=param)


def _carried_bytes(text: str) -> int:
    """Return how many bytes a text takes as a JSON string inside the response event."""
    return len(text.encode()) + text.count('"') + text.count("\\")


def _check_size(size: int, body: Body) -> None:
    if size > ANSWER_BYTES:
        raise TooLarge(f"The answer would be about {size} bytes; the limit is {ANSWER_BYTES}. {body.remedy}")
