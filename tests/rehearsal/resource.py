"""What the engine's parts have in common: what a resource is made of, and its tags."""

from collections.abc import Callable
from typing import Any

from tests.rehearsal.emulator import Emulator

Inputs = dict[str, Any]
# A resource's id, and what AWS says of it.
Created = tuple[str, Inputs]
# The emulator, the resource's logical name and its inputs.
Create = Callable[[Emulator, str, Inputs], Created]


def tags(i: Inputs) -> list[dict[str, str]]:
    """Tags as most services take them."""
    return [{"Key": key, "Value": value} for key, value in i["tags"].items()]
