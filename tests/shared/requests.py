"""A request of a task that does not exist: one field of every kind."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from shared.request import InternalRequest, Limits, option, texts


@dataclass(frozen=True, kw_only=True)
class Request(InternalRequest):
    """One field of every kind."""

    LIMITS: ClassVar = Limits(characters=100, items=8)
    PART_BYTES: ClassVar = 10

    left: list[str] = texts("The left texts.", max_characters=5)
    right: list[str] = texts("The right texts.", blank=True)
    topic: str = texts("One text for all.", max_characters=5)
    flag: bool = option(True, "A switch.")
    size: int = option(3, "A number.", min=2, max=7)
    least: int | None = option(None, "A number without a largest.", min=1)
    side: Literal["a", "b", "c"] = option("a", "A choice.")
    name: str | None = option(None, "A word.")


LISTS = {"left": ["x", "y"], "right": ["z", " "]}
ONE = {**LISTS, "topic": "all"}
