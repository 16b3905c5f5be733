"""How a task declares its internal request: a dataclass whose fields say what they may hold. Standard library only.

Router and container share the declaration: the router splits a request into parts, the container parses what it is
sent, and the wire formats take defaults, bounds and descriptions from it. It knows no task and no wire format.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self, get_args, get_type_hints

from shared.errors import InvalidRequest
from shared.rules import MISSING_FIELD, Rule, check_value

Direction = Literal["left", "right"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may hold: Unicode code points per item, and items."""

    characters: int
    items: int


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
                check_value(name, value, kind, rule_of(one))
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

    @property
    def cut_end(self) -> Direction | None:
        """The end at which an item over the limit of characters may be cut; None where it is refused."""
        return None

    def cut(self, characters: int) -> Self:
        """Return the request with its items cut to so many characters, or itself where it allows no cutting."""
        if self.cut_end is None:
            return self
        kept = slice(None, characters) if self.cut_end == "right" else slice(-characters, None)
        return replace(self, **{name: [text[kept] for text in value] for name, value in self._lists().items()})

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
