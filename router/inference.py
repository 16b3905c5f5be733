"""One inference: a body is checked, held against limits, put to a model in parts, and answered in its own format."""

import time
from dataclasses import dataclass
from typing import Any

from router import envelope, fanout, parts
from router.body import check, check_limits, parse
from router.envelope import Meta
from router.http import Request, Response
from router.huggingface import StringError, body_for
from router.invoker import Invoker
from router.models import Models
from router.parts import Part
from router.trace import Trace
from shared.errors import InvalidRequest, TooLarge
from shared.served import ServedModel
from shared.tasks import Body
from shared.tasks import task as task_of

# Lambda carries 6 MB; the rest is for the headers and the envelope of the response event.
ANSWER_BYTES = 6 * 1024 * 1024 - 16 * 1024


@dataclass(frozen=True)
class Inference:
    """How requests to the models are answered, with at most `concurrency` invocations of one request at a time."""

    models: Models
    invoker: Invoker
    concurrency: int

    def answer(self, task: str, request: Request, trace: Trace, schema: type[Body] | None = None) -> Response:
        """Validate, invoke, render. Without a `schema` the body shows its format. Raises `shared.errors.Error`."""
        body = self._body(task, request, trace, schema)
        model = self.models.for_task(task, body.model)
        trace.model = model.id
        asked = body.request()
        check_limits(asked.texts, model.limits)
        _check_size(body.answer_bytes(model.dimensions), body)
        reply = self._ask(model, asked, request, trace)
        text = body.answer(reply, model.id)
        _check_size(_carried_bytes(text), body)
        return Response(status=200, body=text)

    def _body(self, task: str, request: Request, trace: Trace, schema: type[Body] | None) -> Body:
        value = parse(request.body())
        service = self.models.for_task(task, None).service
        if schema is None and "inputs" in value:
            schema = body_for(service, value["inputs"])
            trace.error_form = StringError if schema else trace.error_form
        return check(schema or task_of(service).Native, value)

    def _ask(self, model: ServedModel, asked: Any, request: Request, trace: Trace) -> Any:
        kind = task_of(model.service)
        cut = parts.cut(asked, worth_bytes=kind.PART_BYTES, most=self.concurrency, dimensions=model.dimensions)
        trace.parts = len(cut)
        metas: list[Meta] = []

        def ask(part: Part[Any]) -> Any:
            sealed = envelope.seal(part.request, request.deadline, request.id)
            answer = envelope.opened(self.invoker.invoke(model.id, sealed))
            metas.append(answer.meta)
            try:
                return envelope.reply_of(answer, kind.Reply, part.items)
            except InvalidRequest as error:
                raise _counted_from(part.first, error) from None

        began = time.perf_counter()
        try:
            replies = fanout.gather(ask, cut, concurrency=self.concurrency, deadline=request.deadline)
        finally:
            trace.model_ms = (time.perf_counter() - began) * 1000
            trace.meta = Meta.merge(metas) if metas else None
        return kind.Reply.merge(replies)


def _counted_from(first: int, error: InvalidRequest) -> InvalidRequest:
    """An error that a model gave to a part: its item numbers are the part's."""
    if first == 0:
        return error
    return InvalidRequest(f"{error.message} Item 0 is number {first} of your request here.", param=error.param)


def _carried_bytes(text: str) -> int:
    """What a text takes as a JSON string inside the response event."""
    return len(text.encode()) + text.count('"') + text.count("\\")


def _check_size(size: int, body: Body) -> None:
    if size > ANSWER_BYTES:
        raise TooLarge(f"The answer would be about {size} bytes; the limit is {ANSWER_BYTES}. {body.remedy}")
