"""The operations of the API description: the ways to use each route, in the native format or in another server's."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from router.routes import Route
from router.schemas import one_or_many

# A fragment, which no client sends: a description has one operation for each path and method.
MANY = "#many"
OWN_TAG = "tasks"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One way to use a route. `is_many` tells which half of each field that is one text or a list is meant."""

    route: Route
    name: str
    path: str
    bodies: list[Any]
    answers: list[Any]
    forms: list[Any]
    examples: list[Any]
    is_many: bool | None = None
    clients: str = ""

    @property
    def summary(self) -> str:
        """Return one line on what it does."""
        if self.clients and self.bodies:
            return f"Ask as {self.clients}'s clients do"
        return self.route.summary + (", several at once" if self.is_many else "")

    @property
    def tag(self) -> str:
        """Return the tag: in the second document, whose clients ask so."""
        return self.clients or self.route.tag

    def schema_of(self, body: Any) -> str:
        """Return the name of the schema of one of the bodies."""
        return str(body.__name__) + ("OfMany" if self.is_many else "")


def native(route: Route) -> Iterator[Operation]:
    """Yield the operations of a route in its native format: one, or two where lists are answered otherwise."""
    endpoints = route.endpoints[:1]
    bodies, forms = [one.body for one in endpoints], [route.error_form]
    answers = list(route.answers) or [answer for body in bodies for answer in body.answers]
    one = partial(Operation, route=route, bodies=bodies, forms=forms)
    first = one(name=route.name, path=route.path, answers=answers[:1], examples=[route.example])
    if len(answers) == 1:
        yield first
        return
    yield replace(first, is_many=False)
    names = one_or_many(bodies[0].model_json_schema())
    example = {name: [value] if name in names else value for name, value in (route.example or {}).items()}
    many = one(name=f"{route.name}Many", path=route.path + MANY, answers=answers[1:], examples=[example])
    yield replace(many, is_many=True)


def is_foreign(route: Route) -> bool:
    """Return whether clients of other servers use the route, be it in a format or at a path of theirs."""
    return not route.name or any(one.tag != OWN_TAG for one in route.endpoints)


def foreign(route: Route) -> Operation:
    """Return what a route takes from clients of other servers, as one operation."""
    endpoints = [one for one in route.endpoints if one.tag != OWN_TAG]
    bodies = once(one.body for one in endpoints)
    clients = endpoints[0].tag if endpoints else route.tag
    words = re.split(r"\W+", f"as {clients}{route.path}")
    return Operation(
        route=route,
        name=("ask" if bodies else "get") + "".join(word.capitalize() for word in words),
        path=route.path,
        bodies=bodies,
        answers=list(route.answers) or once(answer for body in bodies for answer in body.answers),
        # A body that cannot be read is in no format: its error has the route's own form.
        forms=once([*(one.error_form for one in endpoints), route.error_form]),
        examples=[body.example for body in bodies],
        clients=clients,
    )


def once(values: Iterable[Any]) -> list[Any]:
    """Return the values in their order, each once."""
    return list(dict.fromkeys(values))
