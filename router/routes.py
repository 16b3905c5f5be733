"""The routes: one for each path, with what it answers and what the API description says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import unquote

from pydantic import BaseModel

from router import pages
from router.http import Request, Response
from router.inference import Format, Inference
from router.models import Model, ModelList, Models
from router.openapi import Operation
from router.trace import Trace
from shared.errors import (
    Error,
    FailedTwice,
    InvalidRequest,
    ModelError,
    ModelLoading,
    ModelNotFound,
    ModelUnavailable,
    Throttled,
    Timeout,
    TooLarge,
    UnsupportedMediaType,
)
from shared.wire import TASK_PATH, ErrorForm, NestedError, wire_of

MODELS, MODEL = "/v1/models", "/v1/models/{id}"
INFERENCE_ERRORS = (
    InvalidRequest,
    TooLarge,
    UnsupportedMediaType,
    ModelNotFound,
    Throttled,
    ModelError,
    FailedTwice,
    ModelLoading,
    ModelUnavailable,
    Timeout,
    Error,
)

Answer = Callable[[Request, Trace], Response]


class Health(BaseModel):
    """The router is up. No model was asked."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One path and the method it answers.

    `is_open` says that anybody may ask, whatever the authentication. `error_form` is the form of its errors until the
    body shows which format the caller speaks.
    """

    path: str
    method: str
    answer: Answer
    operation: Operation
    is_open: bool = False
    error_form: type[ErrorForm] = NestedError

    @property
    def allow(self) -> tuple[str, ...]:
        """The methods it answers; a gateway drops the body of an answer to HEAD."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)


def open_routes(description: Callable[[], str]) -> Iterator[Route]:
    """Yield what anybody may ask: health, the pages, and the API description, which `description` gives as JSON."""
    healthy = Response(status=200, body=Health().model_dump_json())
    health = Operation(summary="Whether the router is up; no model is asked", tag="health", answers=(Health,))
    yield _open("/healthz", lambda *_: healthy, health)
    yield _open("/health", lambda *_: healthy, replace(health, tag="TEI"))
    page = Operation(summary="The playground", tag="pages", media="text/html")
    yield _open("/", lambda *_: pages.playground(), page)
    yield _open("/docs", lambda *_: pages.docs(description()), replace(page, summary="This description, to read"))
    document = Operation(summary="This description", tag="pages")
    yield _open("/openapi.json", lambda *_: Response(status=200, body=description()), document)


def _open(path: str, answer: Answer, operation: Operation) -> Route:
    return Route(path=path, method="GET", answer=answer, operation=operation, is_open=True)


def model_routes(models: Models) -> Iterator[Route]:
    """Yield OpenAI's list of models, and each by its id."""

    def all_models(request: Request, trace: Trace) -> Response:
        return Response(status=200, body=ModelList.of(models).model_dump_json())

    def one_model(request: Request, trace: Trace) -> Response:
        # A client encodes the id, and a gateway may have decoded it. No id has a percent sign.
        model_id = unquote(request.path.removeprefix(f"{MODELS}/"))
        return Response(status=200, body=Model.of(models[model_id]).model_dump_json())

    listed = Operation(summary="All models", tag="models", answers=(ModelList,))
    yield Route(path=MODELS, method="GET", answer=all_models, operation=listed)
    shown = Operation(summary="One model", tag="models", answers=(Model,), errors=(ModelNotFound, Error))
    yield Route(path=MODEL, method="GET", answer=one_model, operation=shown)


def inference_routes(models: Models, inference: Inference) -> Iterator[Route]:
    """Yield a route for each path at which the served tasks' wire formats are taken."""
    formats: dict[str, list[Format]] = {}
    seen: set[str] = set()
    for task in models.tasks:
        service = models.for_task(task, None).service
        for endpoint in wire_of(service).ENDPOINTS:
            if endpoint.path == TASK_PATH or service not in seen:
                formats.setdefault(endpoint.path.format(task=task), []).append(Format(endpoint, task))
        seen.add(service)
    for path, taken in formats.items():
        first = taken[0].endpoint
        operation = Operation(
            summary=f"Ask {taken[0].task}" + ("" if first.path == TASK_PATH else f" as {first.tag}'s clients do"),
            tag=first.tag,
            endpoints=tuple(one.endpoint for one in taken),
            errors=INFERENCE_ERRORS,
            example=models.for_task(taken[0].task, None).example if first.path == TASK_PATH else first.body.example,
        )
        answer = partial(inference.answer, taken)
        yield Route(path=path, method="POST", answer=answer, operation=operation, error_form=first.error_form)
