"""What a provider knows of one type of resource. Knows no gRPC and no type by name."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.rehearsal.containers import Containers
from tests.rehearsal.emulator import Caller, Emulator

Properties = dict[str, Any]
# What a preview says for a value that only the cloud can know.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NAME = r"[A-Za-z0-9_-]{1,64}"


class Refused(Exception):
    """The cloud refuses a call, with a sentence."""


@dataclass(frozen=True)
class Target:
    """Where a provider works: the account, what runs its images, and the checkout whose files are uploaded.

    `deployer` is who changes the account.
    """

    aws: Emulator
    deployer: Caller
    containers: Containers
    root: Path

    def client(self, service: str) -> Any:
        return self.deployer.client(service)


# A resource's id, and the outputs beside its inputs.
Created = tuple[str, Properties]
# The target, the resource's logical name and its inputs.
Create = Callable[[Target, str, Properties], Created]
# The target, the id and the state: the inputs as they are in the cloud now, None when it is gone.
Read = Callable[[Target, str, Properties], Properties | None]
# The target, the id, the state and the new inputs: the outputs that have changed.
Update = Callable[[Target, str, Properties, Properties], Properties]
Delete = Callable[[Target, str, Properties], None]


def nothing(target: Target, resource_id: str, state: Properties) -> None:
    """Delete what has no existence of its own, or goes with what it belongs to."""


def unchanged(target: Target, resource_id: str, state: Properties) -> Properties | None:
    """Read what only the state knows of."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One type of resource.

    `replaces` are the inputs whose change needs another resource; with `update` None, all of them are. `patterns` has
    what AWS takes for a name, by input. `named` is the input that the provider makes up where the program gives none.
    `computed` are the outputs that only the cloud knows; those in `moves` change again with each of the inputs listed.
    `differs` finds changes that no input shows.
    """

    create: Create
    read: Read
    update: Update | None
    delete: Delete
    replaces: frozenset[str] = frozenset()
    patterns: Mapping[str, str] = field(default_factory=dict)
    named: str | None = None
    computed: tuple[str, ...] = ()
    moves: Mapping[str, frozenset[str]] = field(default_factory=dict)
    differs: Callable[[Target, Properties, Properties], set[str]] = lambda target, state, news: set()

    def changed(self, olds: Properties, news: Properties) -> set[str]:
        """The inputs that are not the same, policies compared by what they say."""
        names = {name for name in olds.keys() | news.keys() if not name.startswith("__")}
        return {name for name in names if not same(olds.get(name), news.get(name))}

    def replacing(self, changed: set[str]) -> set[str]:
        """Those of `changed` that need another resource."""
        return changed if self.update is None else changed & self.replaces


def same(old: Any, new: Any) -> bool:
    """Whether two values of an input mean the same."""
    if isinstance(old, str) and isinstance(new, str) and old[:1] == "{" == new[:1]:
        try:
            return bool(json.loads(old) == json.loads(new))
        except ValueError:
            return old == new
    return bool(old == new)


def found(call: Callable[[], Any]) -> Any:
    """What `call` gives; None where AWS says that there is no such thing."""
    try:
        return call()
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def gone(call: Callable[[], Any]) -> None:
    """Delete something; that it is gone already is no fault."""
    found(call)


def is_missing(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "NotFound" in code or "NoSuchEntity" in code


def tag_list(i: Properties) -> list[dict[str, str]]:
    """Tags as most services take them."""
    return [{"Key": key, "Value": value} for key, value in i.get("tags", {}).items()]
