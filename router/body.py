"""From a body's bytes to a checked object: JSON, then a task's schema. Says what is wrong, never what was sent."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from shared.catalog import Limits
from shared.errors import InvalidRequest
from shared.tasks import Body

B = TypeVar("B", bound=Body)

# A field's name is the caller's text: only what looks like a name is said back.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
EMPTY = "must not be empty."
PHRASES = {
    "missing": "is missing; send it.",
    "extra_forbidden": "is not a field of this request; remove it or correct its name.",
    "string_too_short": EMPTY,
    "string_pattern_mismatch": EMPTY,
    "too_short": EMPTY,
}


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises InvalidRequest, also for NaN, lone surrogates, bad UTF-8 and deep nesting."""
    try:
        value = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return value


def check(schema: type[B], value: dict[str, Any]) -> B:
    """The object as its schema has it. Raises InvalidRequest, which names the first field at fault."""
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        param = _param(first["loc"])
        raise InvalidRequest(f"{_subject(param)} {_phrase(first)}", param=param) from None


def _param(loc: Sequence[int | str]) -> str | None:
    """A pydantic location as `context[2]`; the branch of a union is no part of it."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in {"one", "many"}:
            if not NAME.fullmatch(part):
                return None
            path += f".{part}" if path else part
    return path


def _subject(param: str | None) -> str:
    return f"'{param}'" if param else "A field whose name is no plain word"


def _phrase(error: ErrorDetails) -> str:
    kind, loc = error["type"], error["loc"]
    if kind == "string_type" and loc[-1] == "one":
        return "must be a string or a list of strings."
    if kind == "token_ids":
        return error["msg"]
    return PHRASES.get(kind) or re.sub(r"^(Input|String|List) ", "", error["msg"]) + "."


def check_limits(texts: dict[str, list[str]], limits: Limits) -> None:
    """Raises InvalidRequest when there are more items than a model's limits allow, or longer ones."""
    for field, items in texts.items():
        if limits.items is not None and len(items) > limits.items:
            problem = f"{len(items)} items; the limit is {limits.items} in one request. Send them in several."
            raise InvalidRequest(f"'{field}' has {problem}", param=field)
        for index, text in enumerate(items):
            if limits.characters is not None and len(text) > limits.characters:
                param = field if len(items) == 1 else f"{field}[{index}]"
                problem = f"{len(text)} characters; the limit is {limits.characters}. Send a shorter text."
                raise InvalidRequest(f"'{param}' has {problem}", param=param)
