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
from shared.body import Body
from shared.deployment import ANSWER_BYTES
from shared.errors import InvalidRequest, TooLarge
from shared.request import InternalRequest, Limits, declared_fields
from shared.rules import too_long
from shared.served import ServedModel
from shared.wire import Endpoint, wire_of

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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

        The first of the path's `formats` that accepts the body is the one that is meant, rather one whose task has the
        model that the body names.
        """
        value = parse(request.body())
        meant = self._meant(formats, value)
        trace.error_form = meant.endpoint.error_form
        body = meant.endpoint.body.read(value)
        name = request.model or body.model
        if meant.endpoint.is_tei and not self.models.serves(meant.task, name):
            name = None
        model = self.models.for_task(meant.task, name)
        trace.model, trace.ignored = model.id, body.ignored(model.config)
        try:
            asked = shorten(body.request(), model.limits, body, trace)
            _check_size(body.answer_bytes(model.dimensions), request, body)
            reply = self._ask(model, asked, request, trace)
        except InvalidRequest as error:
            raise body.retell(error, declared_fields(wire_of(model.service).Request)) from None
        if meant.endpoint.is_tei:
            trace.characters = sum(len(text) for texts in asked.texts.values() for text in texts)
        response = Response(status=200, body=body.answer(reply, model.id))
        packed = response.compressed() if request.accepts_gzip else response
        sent = min(packed, response, key=lambda one: one.carried_bytes > ANSWER_BYTES)
        if sent.carried_bytes > ANSWER_BYTES:
            raise _too_large(sent.carried_bytes, body)
        return sent

    def _meant(self, formats: Sequence[Format], value: dict[str, Any]) -> Format:
        accepting = [one for one in formats if one.endpoint.body.accepts(value)]
        # What none accepts is wrong: in the format of which it has a field, so that its error can be read.
        wrong = [one for one in formats if not one.endpoint.body.required().isdisjoint(value)] or formats
        name = value.get("model")
        named = (one for one in accepting if isinstance(name, str) and self.models.serves(one.task, name))
        return next(named, (accepting or wrong)[0])

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
        value = from_json(data.removeprefix(BYTE_ORDER_MARK), allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from None
    finally:
        gc.enable()
    if not isinstance(value, dict):
        raise InvalidRequest
    return value


def shorten(asked: InternalRequest, limits: Limits, body: Body, trace: Trace) -> InternalRequest:
    """Return a request within a model's limits: it may ask that long items are cut. Raises InvalidRequest."""
    if asked.items > limits.items:
        # The caller may have sent one text for all items of a field.
        lists = [field for field in asked.texts if body.name_of(field) != body.name_of(field, 0)]
        field = next(iter(lists or asked.texts))
        problem = f"{asked.items} texts; the limit is {limits.items} in one request. Send them in several."
        raise InvalidRequest(f"'{field}' has {problem}", param=field)
    long = {
        (field, i) for field, texts in asked.texts.items() for i, t in enumerate(texts) if len(t) > limits.characters
    }
    shorter = asked.cut(limits.characters) if long else asked
    for field, texts in shorter.texts.items():
        for index, text in enumerate(texts):
            if len(text) > limits.characters:
                problem = too_long(len(text), limits.characters)
                raise InvalidRequest(f"'{field}[{index}]' {problem}", param=field, item=index)
    trace.cut = len({index for _, index in long})
    return shorter


def _check_size(size: int, request: Request, body: Body) -> None:
    """Raise TooLarge where an answer of this size could not be sent: nobody computes it."""
    # Base64 makes gzip a third longer.
    carried = min(size, int(size * body.gzip_share * 4 / 3)) if request.accepts_gzip else size
    if carried > ANSWER_BYTES:
        raise _too_large(carried, body)


def _too_large(size: int, body: Body) -> TooLarge:
    return TooLarge(f"The answer would be about {size} bytes; the limit is {ANSWER_BYTES}. {body.remedy}")
