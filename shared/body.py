"""What callers send: bodies, their fields, and what both have to do with the internal request. It knows no task."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema

from shared.errors import InvalidRequest
from shared.refusal import refusal
from shared.request import InternalRequest, declared_fields, rule_of

STRICT = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
LENIENT = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)
"""For protocols whose own servers ignore fields they do not know."""

# More fields than any body has: the many errors of one with a million are not even collected.
MAX_FIELDS = 100
# What a message calls a field: 'context' or 'context[2]'.
NAMED = re.compile(r"'(\w+)(?:\[(\d+)\])?'")


class Fields(BaseModel):
    """An object that callers send. An optional field that is null is as good as absent, and 3.0 is the integer 3."""

    model_config = STRICT

    @model_validator(mode="before")
    @classmethod
    def _read_values(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        required = {name for name, field in cls.model_fields.items() if field.is_required()}
        return {name: as_whole(value) for name, value in given.items() if value is not None or name in required}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say of every optional field that it may be null."""
        schema = handler(core_schema)
        described = handler.resolve_ref_schema(schema)
        for name, field in described.get("properties", {}).items():
            if name not in described.get("required", ()) and {"type": "null"} not in field.get("anyOf", ()):
                told = {key: field.pop(key) for key in ("title", "description", "default") if key in field}
                described["properties"][name] = {"anyOf": [field, {"type": "null"}], **told}
        return schema


def as_whole(value: Any) -> Any:
    """Return a number such as 3.0 as the integer that it is in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Body(Fields):
    """What a caller sends in one wire format: it knows which request it means, and how the answer to it reads.

    A list of what callers send is `OneOrMany` or has `fail_fast=True`: it may hold millions of wrong items.
    """

    answers: ClassVar[tuple[type[BaseModel], ...]]
    """The schemas an answer may have."""
    example: ClassVar[dict[str, Any]]
    """A body that may be sent."""
    names: ClassVar[Mapping[str, str]] = {}
    """The fields of the internal request that have another name here."""
    model: str | None = Field(default=None, description="The id of one of the models that share this task.")

    @classmethod
    def required(cls) -> set[str]:
        """Return the names of the fields that a body must have."""
        return {name for name, field in cls.model_fields.items() if field.is_required()}

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        """Say whether a JSON object is meant in this format: whether it has every field that is required."""
        return cls.required() <= value.keys()

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

    def name_of(self, field: str, item: int | None = None) -> str:
        """Return what the caller calls a field of the internal request, or the item at `item` of it."""
        name = self.names.get(field, field)
        holders = [(f"{outer}.", inner) for outer, inner in self if isinstance(inner, BaseModel)]
        found = ((before, one) for before, one in [("", self), *holders] if name in type(one).model_fields)
        before, holder = next(found, ("", self))
        is_list = item is not None and isinstance(getattr(holder, name, None), list)
        return f"{before}{name}[{item}]" if is_list else f"{before}{name}"

    def retell(self, error: InvalidRequest, fields: Collection[str]) -> InvalidRequest:
        """Return an error about the internal request's `fields` as one about the fields that the caller sent."""

        def told(named: re.Match[str]) -> str:
            field, item = named.groups()
            return f"'{self.name_of(field, None if item is None else int(item))}'" if field in fields else named.group()

        param = self.name_of(error.param, error.item) if error.param and error.param in fields else error.param
        return InvalidRequest(NAMED.sub(told, error.message), param=param)

    def answer(self, reply: Any, model: str) -> str:
        """Return the task's reply as JSON text of this format; `model` is the id of the model that answered."""
        raise NotImplementedError

    def answer_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes `answer` will have, before any model is asked; 0 where nothing can be said."""
        return 0

    @property
    def gzip_share(self) -> float:
        """Return about how much of an answer is left when it is compressed. Numbers in JSON are measured at 0.42."""
        return 0.44

    def ignored(self, config: Mapping[str, Any]) -> list[str]:
        """Return the names of fields that were sent and change nothing; `config` is that of the model's manifest."""
        return []

    @property
    def remedy(self) -> str:
        """Return a sentence on what makes the answer smaller."""
        return "Send fewer texts in one request."


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


def as_list(value: T | list[T]) -> list[T]:
    """Return the values of a field of type `OneOrMany`."""
    return value if isinstance(value, list) else [value]


def as_json(value: Any) -> str:
    """Return an answer as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
