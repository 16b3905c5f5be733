"""What a field of a request may hold, and the sentences that say what is wrong with it. Standard library only.

Router and container share them, so that a fault is told in the same words on both sides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from shared.errors import InvalidRequest

SURROGATE = re.compile("[\ud800-\udfff]")

MISSING_FIELD = "is missing; send it."
UNKNOWN_FIELD = "is not a field of this request; remove it or correct its name."
EMPTY = "must not be empty."
OBJECT = "must be an object."
NOT_TEXT = "must be a string."
NOT_UNICODE = "holds half of a surrogate pair; send valid Unicode."


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a field may hold. `min` and `max` bound a number; `max_characters` and `blank` are for texts."""

    description: str
    min: int | None = None
    max: int | None = None
    max_characters: int | None = None
    blank: bool = False


def check_value(name: str, value: Any, kind: Any, rule: Rule) -> None:
    """Raise InvalidRequest unless `value` is of the declared type and within the rule."""
    if kind == list[str]:
        if not isinstance(value, list) or not value:
            raise InvalidRequest(f"'{name}' must be a list of at least one string.", param=name)
        for index, text in enumerate(value):
            if problem := text_problem(text, rule):
                raise InvalidRequest(f"'{name}[{index}]' {problem}", param=name, item=index)
    elif kind is str:
        if problem := text_problem(value, rule):
            raise InvalidRequest(f"'{name}' {problem}", param=name)
    elif problem := option_problem(value, kind, rule):
        raise InvalidRequest(f"'{name}' {problem}", param=name)


def text_problem(text: Any, rule: Rule) -> str | None:
    """Return the end of a sentence on what is wrong with a text, or None."""
    if not isinstance(text, str):
        return NOT_TEXT
    if not text or (text.isspace() and not rule.blank):
        return EMPTY
    if rule.max_characters is not None and len(text) > rule.max_characters:
        return too_long(len(text), rule.max_characters)
    return None if text.isascii() or not SURROGATE.search(text) else NOT_UNICODE


def too_long(characters: int, limit: int) -> str:
    """Return the end of a sentence on a text over its limit."""
    return f"has {characters} characters; the limit is {limit}. Send a shorter text."


def option_problem(value: Any, kind: Any, rule: Rule) -> str | None:
    """Return the end of a sentence on what is wrong with an option's value, or None."""
    if get_origin(kind) is Literal:
        return None if value in get_args(kind) else one_of(get_args(kind))
    if kind is bool:
        return None if isinstance(value, bool) else "must be true or false."
    if get_origin(kind) is Sequence:
        is_strings = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        return None if is_strings else "must be a list of strings."
    number = isinstance(value, int) and not isinstance(value, bool)
    if number and (rule.min is None or value >= rule.min) and (rule.max is None or value <= rule.max):
        return None
    return number_wanted(rule)


def one_of(choices: Sequence[str]) -> str:
    """Return the end of a sentence on a value that is none of the choices."""
    return f"must be {', '.join(choices[:-1])} or {choices[-1]}."


def number_wanted(rule: Rule) -> str:
    """Return the end of a sentence on a value that is no whole number within the rule."""
    if rule.max is not None:
        return f"must be a whole number from {rule.min or 0} to {rule.max}."
    return f"must be a whole number of at least {rule.min or 0}."
