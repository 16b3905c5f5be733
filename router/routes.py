"""The routes: one for each path, with what it answers and what the API description says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import unquote

from pydantic import BaseModel

from router import huggingface, pages, tei
from router.http import Request, Response
from router.huggingface import StringError
from router.inference import Inference
from router.models import Models
from router.openai import Model, ModelList, NestedError
from router.openapi import Operation
from router.trace import ErrorForm, Trace
from shared.tasks import task as task_of

MODELS, MODEL = "/v1/models", "/v1/models/{id}"
INFERENCE_STATUSES = (400, 401, 404, 413, 415, 429, 500, 502, 503, 504)

Answer = Callable[[Request, Trace], Response]


class Health(BaseModel):
    """The router is up. No model was asked."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One path and the method it answers.

    `is_open` needs no key: health, and what holds no secret. `error_form` is that of its errors, until the body of a
    request shows another.
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
    """What needs no key: health, the pages, and the API description, which `description` gives as JSON."""
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
    """OpenAI's list of models, and each by its id."""

    def all_models(request: Request, trace: Trace) -> Response:
        return Response(status=200, body=ModelList.of(models).model_dump_json())

    def one_model(request: Request, trace: Trace) -> Response:
        # A client encodes the id, and a gateway may have decoded it. No id has a percent sign.
        model_id = unquote(request.path.removeprefix(f"{MODELS}/"))
        return Response(status=200, body=Model.of(models[model_id]).model_dump_json())

    listed = Operation(summary="All models", tag="models", answers=(ModelList,), statuses=(401, 500))
    yield Route(path=MODELS, method="GET", answer=all_models, operation=listed)
    shown = Operation(summary="One model", tag="models", answers=(Model,), statuses=(401, 404, 500))
    yield Route(path=MODEL, method="GET", answer=one_model, operation=shown)


def inference_routes(models: Models, inference: Inference) -> Iterator[Route]:
    """One route for each task, which takes the native body and Hugging Face's, and TEI's routes."""
    for task in models.tasks:
        model = models.for_task(task, None)
        native = task_of(model.service).Native
        others = huggingface.BODIES.get(model.service, ())
        operation = Operation(
            summary=f"Ask {task}",
            tag="tasks",
            bodies=(native, *others),
            statuses=INFERENCE_STATUSES,
            errors=(NestedError, StringError) if others else (NestedError,),
            examples=(model.example, *(body.example for body in others)),
        )
        yield Route(path=f"/v1/{task}", method="POST", answer=partial(inference.answer, task), operation=operation)
    yield from _tei_routes(models, inference)


def _tei_routes(models: Models, inference: Inference) -> Iterator[Route]:
    task = models.task_of(tei.SERVICE)
    if task is None:
        return
    for path, body in tei.BODIES.items():
        operation = Operation(
            summary=f"Ask {task} as TEI's clients do",
            tag="TEI",
            bodies=(body,),
            statuses=INFERENCE_STATUSES,
            errors=(StringError,),
            examples=(body.example,),
        )
        answer = partial(inference.answer, task, schema=body)
        yield Route(path=path, method="POST", answer=answer, operation=operation, error_form=StringError)
