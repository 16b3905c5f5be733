"""The routes: one for each path, with what it answers and what the API description says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel

from router import pages
from router.http import Request, Response
from router.inference import Format, Inference
from router.info import Info
from router.models import Model, ModelList, Models
from router.trace import Trace
from shared.display import Display, display_of
from shared.error_forms import ErrorForm, NestedError
from shared.errors import (
    FROM_MODEL,
    Error,
    FailedTwice,
    ModelNotFound,
    ModelUnavailable,
    Throttled,
    UnsupportedMediaType,
)
from shared.wire import TASK_PATH, Endpoint, wire_of

COMPAT_PATH = "/openapi-compat.json"
MODEL = "{id}"
ERRORS = (*FROM_MODEL.values(), ModelNotFound, UnsupportedMediaType, Throttled, FailedTwice, ModelUnavailable, Error)

Answer = Callable[[Request, Trace], Response]


class Health(BaseModel):
    """The router is up. No model was asked."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One path, the method it answers, and what is said of it in the API description.

    `endpoints` are the wire formats it takes, `answers` the schemas it gives if it takes none, `example` a body for the
    first format. `is_open` says that anybody may ask, whatever the authentication. `name` is the operation's for
    generated clients, which do not see a route without one; `display` is how a page draws its answers.
    """

    path: str
    answer: Answer
    summary: str
    tag: str
    method: str = "GET"
    is_open: bool = False
    endpoints: tuple[Endpoint, ...] = ()
    answers: tuple[type[BaseModel], ...] = ()
    media: str = "application/json"
    errors: tuple[type[Error], ...] = (Error,)
    example: dict[str, Any] | None = None
    name: str = ""
    display: Display | None = None

    @property
    def allow(self) -> tuple[str, ...]:
        """The methods it answers; a gateway drops the body of an answer to HEAD."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def error_form(self) -> type[ErrorForm]:
        """The form of its errors until the body shows which format the caller speaks."""
        return self.endpoints[0].error_form if self.endpoints else NestedError


def open_routes(description: Callable[[], str], compat: Callable[[], str]) -> Iterator[Route]:
    """Yield what anybody may ask: health, the pages and the API descriptions, which the arguments give as JSON."""
    add = partial(Route, is_open=True, tag="pages")
    healthy = Response(status=200, body=Health().model_dump_json())
    health = partial(
        add, answer=lambda *_: healthy, summary="Whether the router is up; no model is asked", answers=(Health,)
    )
    yield health(path="/healthz", tag="health")
    yield health(path="/health", tag="TEI")
    yield health(path="/ping", tag="SageMaker")
    page = partial(add, media="text/html")
    yield page(path="/", answer=lambda *_: pages.playground(), summary="The playground")
    yield page(path="/docs", answer=lambda *_: pages.docs(description()), summary="This description, to read")
    for path, text in (("/openapi.json", description), (COMPAT_PATH, compat)):
        yield add(path=path, answer=partial(_give, text), summary="A description of the API")


def _give(text: Callable[[], str], request: Request, trace: Trace) -> Response:
    return Response(status=200, body=text())


def model_routes(models: Models) -> Iterator[Route]:
    """Yield OpenAI's list of models, and each by its id."""

    def all_models(request: Request, trace: Trace) -> Response:
        listed = ModelList(data=[Model.of(served) for served in models])
        return Response(status=200, body=listed.model_dump_json())

    def one_model(request: Request, trace: Trace) -> Response:
        return Response(status=200, body=Model.of(models[request.model or ""]).model_dump_json())

    listed = partial(Route, answer=all_models, summary="List the models", answers=(ModelList,))
    one = partial(
        Route, answer=one_model, summary="Describe one model", answers=(Model,), errors=(ModelNotFound, Error)
    )
    yield listed(path="/v1/models", name="listModels", tag="models")
    yield one(path=f"/v1/models/{MODEL}", name="getModel", tag="models")
    yield listed(path="/models", tag="OpenAI")
    yield one(path=f"/models/{MODEL}", tag="OpenAI")


def info_routes(models: Models) -> Iterator[Route]:
    """Yield TEI's description of the first model that TEI could serve."""
    kinds = ((served, getattr(wire_of(served.service), "model_type", None)) for served in models)
    first = next(((served, kind) for served, kind in kinds if kind is not None), None)
    if first is not None:
        served, kind = first
        info = Response(status=200, body=Info.of(served, kind(served.config)).model_dump_json())
        summary = "The first model that TEI could serve, as TEI describes its own"
        yield Route(path="/info", answer=lambda *_: info, summary=summary, tag="TEI", answers=(Info,))


def inference_routes(models: Models, inference: Inference) -> Iterator[Route]:
    """Yield a route for each path at which the served tasks' wire formats are taken."""
    formats: dict[str, list[Format]] = {}
    seen: set[str] = set()
    for task in models.tasks:
        service = models.for_task(task, None).service
        for endpoint in wire_of(service).ENDPOINTS:
            if endpoint.path == TASK_PATH or service not in seen:
                formats.setdefault(endpoint.path.replace("{task}", task), []).append(Format(endpoint, task))
        seen.add(service)
    named: set[str] = set()
    for path, taken in formats.items():
        first, task = taken[0].endpoint, taken[0].task
        is_own = first.path == TASK_PATH
        default = models.for_task(task, None)
        display = display_of(default.service) if is_own else None
        # The service's first route has the plain name; another's ends with its task.
        verb = (display.verb if display else "ask") if is_own else ""
        name = _joined(verb, task) if verb in named else verb
        if is_own:
            named.add(verb)
        yield Route(
            path=path,
            method="POST",
            answer=partial(inference.answer, taken),
            summary=first.summary or _summary(display, task),
            tag=first.tag,
            endpoints=tuple(one.endpoint for one in taken),
            errors=ERRORS,
            example=default.example if is_own else first.body.example,
            name=name,
            display=display,
        )


def _summary(display: Display | None, task: str) -> str:
    return f"{(display.summary or display.title) if display else 'Ask'} ({task})"


def _joined(*words: str) -> str:
    """Return words and names with hyphens as one name in camel case."""
    first, *rest = "-".join(words).split("-")
    return first + "".join(word.capitalize() for word in rest)
