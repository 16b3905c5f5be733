"""What all wire formats share: bodies, endpoints, error forms. Pydantic; for the router, in no container.

A task's `wire.py` defines one `Body` for each format in which callers send its requests, and lists in `ENDPOINTS` at
which path each is taken. It knows no task and no route's handler.
"""

import importlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from shared.errors import Error, InvalidRequest
from shared.refusal import refusal
from shared.request import InternalRequest, declared_fields, rule_of

STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
LENIENT = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)
"""For protocols whose own servers ignore fields they do not know."""

TASK_PATH = "/v1/{task}"
"""The path of a task's own route; `{task}` is the route's name in the catalog."""
# More fields than any body has: the many errors of one with a million are not even collected.
MAX_FIELDS = 100


class Body(BaseModel):
    """What a caller sends in one wire format: it knows which request it means, and how the answer to it reads.

    A list of what callers send is `OneOrMany` or has `fail_fast=True`: it may hold millions of wrong items.
    """

    model_config = STRICT
    answers: ClassVar[tuple[type[BaseModel], ...]]
    """The schemas an answer may have."""
    example: ClassVar[dict[str, Any]]
    """A body that may be sent."""
    model: str | None = Field(default=None, description="The id of one of the models that share this task.")

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        """Say whether a JSON object is meant in this format: whether it has every field that is required."""
        return all(name in value for name, field in cls.model_fields.items() if field.is_required())

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Return a JSON object as this body. Raises InvalidRequest, which names the first field at fault."""
        if len(value) > MAX_FIELDS:
            raise InvalidRequest(f"The body has {len(value)} fields; send those that GET /openapi.json describes.")
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise refusal(error) from None

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

    TASK_PATH stands for each route of the task; another `path` serves the task's first route.
    """

    body: type[Body]
    path: str = TASK_PATH
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


def services() -> list[str]:
    """Return the names of all services that can be served: the folders of `services/` that have a `wire.py`."""
    folders = importlib.import_module("services").__path__
    return sorted(path.parent.name for folder in folders for path in Path(folder).glob("*/wire.py"))


@cache
def wire_of(service: str) -> Wire:
    """Return the `wire.py` of one of the `services()`."""
    return cast(Wire, importlib.import_module(f"services.{service}.wire"))


def field_of(request: type[InternalRequest], name: str, **other: Any) -> Any:
    """Return a pydantic field with the default, bounds and description of a field of the internal request.

    `other` replaces single arguments of `pydantic.Field`, such as `default=None`.
    """
    declared, _ = declared_fields(request)[name]
    rule = rule_of(declared)
    known: dict[str, Any] = {"description": rule.description, "ge": rule.min, "le": rule.max}
    if declared.default is not MISSING:
        known["default"] = declared.default
    return Field(**{**known, **other})


def text_of(request: type[InternalRequest], name: str) -> Any:
    """Return the bounds, for `Annotated`, of one text of a field of the internal request."""
    rule = rule_of(declared_fields(request)[name][0])
    return Field(max_length=rule.max_characters, min_length=1, pattern=None if rule.blank else r"\S")


def options_of(request: type[InternalRequest], body: BaseModel | None) -> dict[str, Any]:
    """Return a body's values for the options of the internal request; an option that is null is as good as absent."""
    names = [name for name, (declared, _) in declared_fields(request).items() if declared.default is not MISSING]
    return {name: value for name in names if (value := getattr(body, name, None)) is not None}


def with_example(value: Any) -> ConfigDict:
    """Return the configuration of an answer's schema that shows one such answer."""
    return ConfigDict(json_schema_extra={"examples": [value]})


def _number(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


T = TypeVar("T")
OneOrMany = Annotated[
    Annotated[T, Tag("one")] | Annotated[list[T], Field(min_length=1, fail_fast=True), Tag("many")],
    Discriminator(_number),
]
"""The type of a field that is one text or a list of them. Its errors are those of the branch that was meant."""


def as_list(value: str | list[str]) -> list[str]:
    """Return the texts of a field of type `OneOrMany`."""
    return value if isinstance(value, list) else [value]


def as_json(value: Any) -> str:
    """Return an answer as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
