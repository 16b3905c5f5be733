"""What each kind of task can be asked: one module per service, found by its name.

A module defines the internal request and reply (what travels between router and model, always lists), the native body
(what a caller sends, and how its answer reads), the limits, and an example. It knows no transport and no model.
"""

import importlib
import importlib.util
from typing import Annotated, Any, ClassVar, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from shared.catalog import Limits

STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Request(Protocol):
    """The internal request of a task: its items as lists of equal length, and what holds for all of them."""

    @property
    def texts(self) -> dict[str, list[str]]:
        """The items' texts by field, for the limits and for the cut."""

    def take(self, start: int, stop: int | None) -> Self:
        """The request for the items from `start` up to `stop`, or to the last."""

    def item_bytes(self, dimensions: int | None) -> int:
        """About the bytes of JSON in the model's reply to one item; `dimensions` is the model's vector length."""

    def model_dump(self) -> dict[str, Any]:
        """The form in which a model is sent it."""


class Reply(Protocol):
    """The internal reply of a task, one entry for each item of its request."""

    @property
    def items(self) -> int: ...

    @classmethod
    def model_validate(cls, obj: Any) -> Self: ...

    @classmethod
    def merge(cls, parts: list[Self]) -> Self:
        """The reply to a request from the replies to its parts, in order."""


class Body(Protocol):
    """What a caller sends in one wire format: it knows which request it means, and how the answer to it reads."""

    answers: ClassVar[tuple[type[BaseModel], ...]]
    """The schemas an answer may have."""
    example: ClassVar[dict[str, Any]]
    """A body that may be sent."""

    @classmethod
    def model_validate(cls, obj: Any) -> Self: ...

    @property
    def model(self) -> str | None:
        """The id of the model that is asked for, None for the task's default."""

    def request(self) -> Any:
        """The task's `Request`. Raises `shared.errors.InvalidRequest`."""

    def answer(self, reply: Any, model: str) -> str:
        """The task's `Reply` as the JSON text of this format; `model` is the id of the one that answered."""

    def answer_bytes(self, dimensions: int | None) -> int:
        """About how many bytes `answer` will have, before any model was asked. 0 when nothing can be said."""

    @property
    def remedy(self) -> str:
        """What makes an answer smaller, as a sentence."""


class Task(Protocol):
    """What a module of this package defines. `PART_BYTES` of text are worth an invocation of their own."""

    @property
    def LIMITS(self) -> Limits: ...
    @property
    def EXAMPLE(self) -> dict[str, Any]: ...
    @property
    def PART_BYTES(self) -> int: ...
    @property
    def Request(self) -> type[BaseModel]: ...
    @property
    def Reply(self) -> "type[Reply]": ...
    @property
    def Native(self) -> type[Body]: ...


class UnknownService(LookupError):
    """There is no module for this service in `shared/tasks`."""


def task(service: str) -> Task:
    """The task that a service's models answer. Raises UnknownService."""
    name = f"{__name__}.{service}"
    if not service.isidentifier() or importlib.util.find_spec(name) is None:
        raise UnknownService(f"There is no service {service!r}; add shared/tasks/{service}.py, or correct the name.")
    module: Any = importlib.import_module(name)
    return module  # type: ignore[no-any-return]  # a module is checked against Task by a test


def _number(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


T = TypeVar("T")
OneOrMany = Annotated[
    Annotated[T, Tag("one")] | Annotated[list[T], Field(min_length=1), Tag("many")], Discriminator(_number)
]
"""The type of a field that is one text or a list of them. Its errors are those of the branch that was meant."""
