"""What all wire formats share: bodies, endpoints, error forms. Pydantic; for the router, in no container.

A task's `wire.py` defines one `Body` for each format in which callers send its requests, and lists in `ENDPOINTS` at
which path each is taken. It knows no task and no route's handler.
"""

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from shared.errors import Error
from shared.request import InternalRequest, declared_fields, rule_of

STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
LENIENT = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)
"""For protocols whose own servers ignore fields they do not know."""

TASK_PATH = "/v1/{task}"
"""The path of a task's own route; `{task}` is the route's name in the catalog."""


class Body(BaseModel):
    """What a caller sends in one wire format: it knows which request it means, and how the answer to it reads."""

    model_config = STRICT
    answers: ClassVar[tuple[type[BaseModel], ...]]
    """The schemas an answer may have."""
    example: ClassVar[dict[str, Any]]
    """A body that may be sent."""
    model: str | None = Field(default=None, description="The id of one of the models that share this task.")

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        """Say whether a JSON object is meant in this format, by its fields' names alone."""
        return True

    def request(self) -> Any:
        """Return the task's internal request. Raises `shared.errors.InvalidRequest`."""
        raise NotImplementedError

    def answer(self, reply: Any, model: str) -> str:
        """Return the task's reply as JSON text of this format; `model` is the id of the model that answered."""
        raise NotImplementedError

    def answer_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes `answer` will have, before any model is asked; 0 where nothing can be said."""
        return 0

    @property
    def remedy(self) -> str:
        """Return a sentence on what makes the answer smaller."""
        return "Send fewer texts in one request."


class ErrorForm(Protocol):
    """How a wire format writes an error."""

    @classmethod
    def of(cls, error: Error) -> BaseModel: ...


class ErrorDetail(BaseModel):
    """The error in a sentence that says what to do; `param` is the field at fault."""

    message: str
    type: str
    param: str | None
    code: str


class NestedError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ErrorDetail

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=ErrorDetail(message=error.message, type=error.type, param=error.param, code=error.code))


class StringError(BaseModel):
    """An error as Hugging Face's and TEI's clients read it; `error_type` is our code."""

    error: str
    error_type: str

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=error.message, error_type=error.code)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One format that one path takes. Where a path takes several, the first whose body accepts a request answers it.

    `path` may be TASK_PATH, which stands for each route of the task; another path serves the task's first route.
    """

    path: str
    body: type[Body]
    error_form: type[ErrorForm] = NestedError
    tag: str = "tasks"
    summary: str = ""


class Wire(Protocol):
    """What a task's `wire.py` defines. `ENDPOINTS` begins with the native format, whose example stands for the task.

    `Request` and `Reply` are those of the task's `request.py`; a `Reply` is a TypedDict whose lists have one entry for
    each item, so that the replies to the parts of a request can be joined.
    """

    @property
    def ENDPOINTS(self) -> tuple[Endpoint, ...]: ...
    @property
    def Request(self) -> type[InternalRequest]: ...
    @property
    def Reply(self) -> type[Any]: ...


class UnknownService(LookupError):
    """There is no such folder in `services/`."""


def wire_of(service: str) -> Wire:
    """Return the `wire.py` of a service. Raises UnknownService."""
    name = f"services.{service}.wire"
    if not service.isidentifier() or importlib.util.find_spec(f"services.{service}") is None:
        raise UnknownService(f"There is no service {service!r}; add services/{service}/, or correct the name.")
    return cast(Wire, importlib.import_module(name))


def field_of(request: type[InternalRequest], name: str, **other: Any) -> Any:
    """Return a pydantic field with the default, bounds and description of a field of the internal request.

    `other` replaces single arguments of `pydantic.Field`, such as `default=None`.
    """
    declared, _ = declared_fields(request)[name]
    rule = rule_of(declared)
    known: dict[str, Any] = {"description": rule.description, "ge": rule.min, "le": rule.max}
    if isinstance(declared.default, str | int | float | bool | None):
        known["default"] = declared.default
    return Field(**{**known, **other})


def text_of(request: type[InternalRequest], name: str) -> Any:
    """Return the type, for `Annotated`, of one text of a field of the internal request."""
    rule = rule_of(declared_fields(request)[name][0])
    return Field(max_length=rule.max_characters, min_length=1, pattern=None if rule.blank else r"\S")


def _number(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


T = TypeVar("T")
OneOrMany = Annotated[
    Annotated[T, Tag("one")] | Annotated[list[T], Field(min_length=1, fail_fast=True), Tag("many")],
    Discriminator(_number),
]
"""The type of a field that is one text or a list of them. Its errors are those of the branch that was meant."""
