"""How a request is cut into parts and sent, and how the errors of a part are counted."""

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest, from_payload
from shared.request import declared_fields, rule_of
from shared.rules import Rule
from tests.shared.requests import LISTS, ONE, Request


def test_all_texts_are_known_by_field() -> None:
    request = Request.parse({**ONE, "name": "no text"})
    assert request.texts == {**LISTS, "topic": ["all"]}
    assert request.items == 2


def test_a_request_of_one_text_may_be_about_many_items() -> None:
    assert Request.parse({"left": ["x"] * 5, "right": ["y"] * 5, "topic": "all"}).items == 5


def test_a_part_has_its_items_and_all_that_goes_with_every_item() -> None:
    request = Request(left=["a", "b", "c"], right=["d", "e", "f"], topic="all", size=5)
    assert request.take(0, 1) == Request(left=["a"], right=["d"], topic="all", size=5)
    assert request.take(1, None) == Request(left=["b", "c"], right=["e", "f"], topic="all", size=5)
    assert request.take(0, None) == request


@given(st.integers(1, 20), st.data())
def test_parts_together_are_the_whole(count: int, data: st.DataObject) -> None:
    request = Request(left=[f"{i}" for i in range(count)], right=["r"] * count, topic="all")
    cuts = sorted(data.draw(st.sets(st.integers(1, count))) | {0, count})
    parts = [request.take(start, stop) for start, stop in zip(cuts, cuts[1:], strict=False)]
    assert [text for part in parts for text in part.left] == request.left
    assert sum(part.items for part in parts) == request.items


def test_a_payload_holds_every_text_and_only_the_options_that_differ() -> None:
    assert Request.parse(ONE).payload() == ONE
    assert Request.parse({**ONE, "flag": False, "size": 3, "side": "b"}).payload() == {
        **ONE,
        "flag": False,
        "side": "b",
    }


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "flag": st.booleans(),
            "size": st.integers(2, 7),
            "least": st.none() | st.integers(1),
            "side": st.sampled_from(["a", "b", "c"]),
            "name": st.none() | st.just("n"),
        },
    )
)
def test_what_is_sent_arrives_as_it_was(options: dict[str, Any]) -> None:
    request = Request.parse({**ONE, **options})
    assert Request.parse(request.payload()) == request


def test_fields_are_known_with_their_types_and_rules() -> None:
    fields = declared_fields(Request)
    assert {name: kind for name, (_, kind) in fields.items()} == {
        "left": list[str],
        "right": list[str],
        "topic": str,
        "flag": bool,
        "size": int,
        "least": int,
        "side": Literal["a", "b", "c"],
        "name": str,
    }
    assert rule_of(fields["left"][0]) == Rule(description="The left texts.", max_characters=5)
    assert rule_of(fields["size"][0]) == Rule(description="A number.", min=2, max=7)
    assert rule_of(fields["right"][0]).blank


def test_a_task_that_says_nothing_else_replies_with_half_a_kilobyte_an_item() -> None:
    assert Request.parse(ONE).item_reply_bytes(None) == 500


def test_an_error_of_a_part_is_counted_from_the_whole_requests_first_item() -> None:
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({**ONE, "left": ["x", ""]})
    whole = raised.value.counted_from(4)
    assert (whole.message, whole.param, whole.item) == ("'left[5]' must not be empty.", "left", 5)
    assert raised.value.counted_from(0).message == raised.value.message


def test_an_error_of_no_item_is_that_of_the_whole_request() -> None:
    error = InvalidRequest("'left[1]' is not what this is about.", param="left")
    assert error.counted_from(4) is error


def test_only_the_item_at_the_beginning_of_a_message_is_renumbered() -> None:
    error = InvalidRequest("'left[1]' is like 'left[1]' and 'right[1]'.", param="left", item=1)
    assert error.counted_from(2).message == "'left[3]' is like 'left[1]' and 'right[1]'."


@pytest.mark.parametrize("item", [None, 0, 3])
def test_the_item_travels_from_the_container_to_the_router(item: int | None) -> None:
    arrived = from_payload(InvalidRequest("No.", param="left", item=item).to_payload())
    assert isinstance(arrived, InvalidRequest)
    assert (arrived.param, arrived.item) == ("left", item)


@pytest.mark.parametrize("item", ["3", 1.5, [], {}])
def test_an_item_that_is_no_number_is_none(item: Any) -> None:
    arrived = from_payload({"code": "invalid_request", "message": "No.", "param": "left", "item": item})
    assert isinstance(arrived, InvalidRequest)
    assert arrived.item is None
