"""How a task declares its internal request: a dataclass whose fields say what they may hold. Standard library only.

Router and container share the declaration: the router splits a request into parts, the container parses what it is
sent, and the wire formats take defaults, bounds and descriptions from it. It knows no task and no wire format.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from shared.errors import InvalidRequest

SURROGATE = re.compile("[\ud800-\udfff]")

MISSING_FIELD = "is missing; send it."
UNKNOWN_FIELD = "is not a field of this request; remove it or correct its name."
EMPTY = "must not be empty."
NOT_TEXT = "must be a string."
NOT_UNICODE = "holds half of a surrogate pair; send valid Unicode."


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may hold: Unicode code points per item, and items."""

    characters: int
    items: int


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a field may hold. `min` and `max` bound a number; `max_characters` and `blank` are for texts."""

    description: str
    min: int | None = None
    max: int | None = None
    max_characters: int | None = None
    blank: bool = False


def texts(description: str, *, max_characters: int | None = None, blank: bool = False) -> Any:
    """Declare the texts a request is about: `list[str]` for its items, `str` for one text that goes with all of them.

    `blank` allows texts of white space alone. `max_characters` counts Unicode code points.
    """
    return field(metadata={"rule": Rule(description=description, max_characters=max_characters, blank=blank)})


def option(default: Any, description: str, *, min: int | None = None, max: int | None = None) -> Any:
    """Declare an option that may be left out; `min` and `max` are the smallest and largest number allowed.

    Its type is `bool`, `int`, `str`, a `Literal` of strings or `Sequence[str]`.
    """
    return field(default=default, metadata={"rule": Rule(description=description, min=min, max=max)})


def rule_of(declared: "Field[Any]") -> Rule:
    """Return what a declared field may hold."""
    rule: Rule = declared.metadata["rule"]
    return rule


@dataclass(frozen=True, kw_only=True)
class InternalRequest:
    """The base of every task's request.

    Fields of type `list[str]` hold the items, one list entry each; all such lists have the same length. `LIMITS` are
    the task's own, which a catalog entry may replace. `PART_BYTES` of text are worth an invocation of their own.
    """

    LIMITS: ClassVar[Limits]
    PART_BYTES: ClassVar[int]

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Check the values that a container was sent. An option that is null is as good as absent.

        Raises InvalidRequest, whose message names the field and the item at fault.
        """
        declared = declared_fields(cls)
        if not values.keys() <= declared.keys():
            raise InvalidRequest(f"The request has an unknown field; it may have {', '.join(declared)}.")
        given: dict[str, Any] = {}
        for name, (one, kind) in declared.items():
            value = values.get(name)
            if value is not None:
                _check(name, value, kind, rule_of(one))
                given[name] = value
            elif one.default is MISSING:
                raise InvalidRequest(f"'{name}' {MISSING_FIELD}", param=name)
        return cls(**given)

    def __post_init__(self) -> None:
        """Check that all item lists have the same length. A task with further rules extends this method."""
        lengths = {name: len(value) for name, value in self.texts.items() if isinstance(getattr(self, name), list)}
        if len(set(lengths.values())) > 1:
            names = " and ".join(f"'{name}'" for name in lengths)
            raise InvalidRequest(f"{names} must be lists of equal length.", param=list(lengths)[-1])

    @property
    def texts(self) -> dict[str, list[str]]:
        """All texts by field, a single text as a list of one."""
        found = {name: getattr(self, name) for name, (one, _) in declared_fields(type(self)).items() if _is_text(one)}
        return {name: value if isinstance(value, list) else [value] for name, value in found.items()}

    @property
    def items(self) -> int:
        """The number of items."""
        return max(len(value) for value in self._lists().values())

    def take(self, start: int, stop: int | None) -> Self:
        """Return the request for the items from `start` up to `stop`, or to the last one."""
        return replace(self, **{name: value[start:stop] for name, value in self._lists().items()})

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON a model's reply to one item has; `dimensions` is its vectors' length."""
        return 500

    def payload(self) -> dict[str, Any]:
        """Return the values to send to a container: every text, and the options that are not at their default."""
        values = {name: (getattr(self, name), one.default) for name, (one, _) in declared_fields(type(self)).items()}
        return {name: value for name, (value, default) in values.items() if default is MISSING or value != default}

    def _lists(self) -> dict[str, list[str]]:
        return {name: getattr(self, name) for name in self.texts if isinstance(getattr(self, name), list)}


_DECLARED: dict[type[InternalRequest], dict[str, tuple["Field[Any]", Any]]] = {}


def declared_fields(kind: type[InternalRequest]) -> dict[str, tuple["Field[Any]", Any]]:
    """Return the fields of a request class by name, each with its type; `X | None` counts as X."""
    if kind not in _DECLARED:
        hints = get_type_hints(kind)
        _DECLARED[kind] = {one.name: (one, _without_none(hints[one.name])) for one in fields(kind)}
    return _DECLARED[kind]


def _without_none(kind: Any) -> Any:
    kinds = [one for one in get_args(kind) if one is not type(None)]
    return kinds[0] if type(None) in get_args(kind) else kind


def _is_text(declared: "Field[Any]") -> bool:
    return declared.default is MISSING


def _check(name: str, value: Any, kind: Any, rule: Rule) -> None:
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
