"""What every task's wire formats promise, and how a body is read: sizes first, and no further than the first error."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from shared.body import MAX_FIELDS, Body
from shared.errors import InvalidRequest
from shared.request import InternalRequest
from shared.wire import TASK_PATH, services, wire_of

ENDPOINTS = [endpoint for service in services() for endpoint in wire_of(service).ENDPOINTS]
BODIES = list(dict.fromkeys(endpoint.body for endpoint in ENDPOINTS))
# More wrong items than fit into any request; in Python an item is a pointer.
MANY = 100_000


@pytest.mark.parametrize("service", services())
def test_a_service_is_complete(service: str) -> None:
    wire = wire_of(service)
    request = wire.ENDPOINTS[0].body.read(wire.ENDPOINTS[0].body.example).request()
    assert isinstance(request, InternalRequest)
    assert wire.Request.parse(request.payload()) == request
    assert wire.Request.LIMITS.items > 0
    assert wire.Request.LIMITS.characters > 0
    assert wire.Request.PART_BYTES > 0
    assert wire.ENDPOINTS[0].path == TASK_PATH


@pytest.mark.parametrize("body", BODIES)
def test_the_example_of_a_body_is_accepted_and_means_a_request(body: type[Body]) -> None:
    assert body.accepts(body.example)
    read = body.read(body.example)
    assert read.request().items >= 1
    assert read.model is None
    assert read.remedy.endswith(".")


@pytest.mark.parametrize("service", services())
def test_each_example_is_meant_in_its_own_format_on_the_tasks_route(service: str) -> None:
    bodies = [endpoint.body for endpoint in wire_of(service).ENDPOINTS if endpoint.path == TASK_PATH]
    for body in bodies:
        assert next(one for one in bodies if one.accepts(body.example)) is body


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place of an object that holds a text or a list of them."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from places(inner, (*path, name))
        elif isinstance(inner, str | list):
            yield (*path, name)


def put(value: dict[str, Any], path: tuple[str, ...], what: Any) -> dict[str, Any]:
    name, *rest = path
    return {**value, name: put(value[name], tuple(rest), what) if rest else what}


def is_wrong(body: type[Body], value: dict[str, Any]) -> bool:
    try:
        body.model_validate(value)
    except ValidationError:
        return True
    return False


ITEMS: list[object] = [1, "", {}, None]
CASES = [
    (body, place, item)
    for body in BODIES
    for place in places(body.example)
    for item in ITEMS
    if is_wrong(body, put(body.example, place, [item]))
]


@pytest.mark.parametrize(("body", "place", "item"), CASES)
def test_a_list_of_wrong_items_is_refused_at_the_first_of_them(
    body: type[Body], place: tuple[str, ...], item: object
) -> None:
    value = put(body.example, place, [item] * MANY)
    with pytest.raises(ValidationError) as found:
        body.model_validate(value)
    assert found.value.error_count() < 10
    tracemalloc.start()
    with pytest.raises(InvalidRequest) as refused:
        body.read(value)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Python counts what pydantic allocates for errors; the list itself has 8 bytes an item.
    assert peak_bytes < 1_000_000
    assert refused.value.message.startswith(f"'{'.'.join(place)}")


def lists(schema: Any) -> Iterator[dict[str, Any]]:
    """Every list in a schema of pydantic's core."""
    if isinstance(schema, dict) and schema.get("type") == "list":
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list | tuple) else ():
        yield from lists(inner)


@pytest.mark.parametrize("body", BODIES)
def test_every_list_of_a_body_stops_at_its_first_wrong_item(body: type[Body]) -> None:
    assert [one for one in lists(body.__pydantic_core_schema__) if not one.get("fail_fast")] == []


@pytest.mark.parametrize("body", BODIES)
def test_a_body_of_many_fields_is_refused_before_they_are_looked_at(body: type[Body]) -> None:
    with pytest.raises(InvalidRequest, match=f"has {MANY + len(body.example)} fields"):
        body.read({**body.example, **{f"field{i}": i for i in range(MANY)}})
    assert len(body.model_fields) < MAX_FIELDS


def test_a_field_of_a_body_has_the_bounds_of_the_request() -> None:
    body = wire_of("question_answering").ENDPOINTS[0].body
    for wrong in (0, 101):
        with pytest.raises(InvalidRequest, match="'top_k' should be"):
            body.read({**body.example, "top_k": wrong})
