"""What a task's `wire.py` defines: which wire format is taken at which path. Pydantic; for the router, in no container.

A task's `wire.py` defines one `Body` for each format in which callers send its requests, and lists in `ENDPOINTS` at
which path each is taken. It knows no task and no route's handler.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from shared.body import Body
from shared.error_forms import ErrorForm, NestedError, TeiError
from shared.request import InternalRequest

TASK_PATH = "/v1/{task}"
"""The path of a task's own route; `{task}` is the route's name in the catalog."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One format that one path takes. Where a path takes several, the first whose body accepts a request answers it.

    TASK_PATH stands for each route of the task; another `path` serves the task's first route. `{id}` in a path stands
    for a model's id. Paths of several tasks may be the same.
    """

    body: type[Body]
    path: str = TASK_PATH
    error_form: type[ErrorForm] = NestedError
    tag: str = "tasks"
    summary: str = ""

    @property
    def is_tei(self) -> bool:
        """Whether it answers as TEI does, to which the name of a model says nothing."""
        return self.error_form is TeiError


def at_paths(*paths: str, **what: Any) -> tuple[Endpoint, ...]:
    """Return endpoints that differ in their path only."""
    return tuple(Endpoint(path=path, **what) for path in paths)


class Wire(Protocol):
    """What a task's `wire.py` defines. `ENDPOINTS` begins with the native format, whose example stands for the task.

    `Request` and `Reply` are those of the task's `request.py`; a `Reply` is a TypedDict whose lists have one entry for
    each item, so that the replies to the parts of a request can be joined. It may define two things more: `ALIASES`,
    names by which clients call the only model of the service, and `model_type(config)`, what TEI's `/info` says of
    such a model.
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
