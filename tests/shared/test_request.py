"""What a request may hold, and what is said of what it may not: the rules that all tasks share."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.request import declared_fields
from tests.shared.requests import ONE, Request


def refusal(**changes: Any) -> tuple[str, str | None, int | None]:
    """Return message, field and item of what is wrong with a request that differs from ONE."""
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({**ONE, **changes})
    return raised.value.message, raised.value.param, raised.value.item


def test_options_may_be_left_out() -> None:
    request = Request.parse(ONE)
    assert (request.left, request.right, request.topic) == (["x", "y"], ["z", " "], "all")
    assert (request.flag, request.size, request.least, request.side, request.name) == (True, 3, None, "a", None)


def test_every_option_is_taken() -> None:
    given = {"flag": False, "size": 7, "least": 10**9, "side": "c", "name": "n"}
    request = Request.parse({**ONE, **given})
    assert {name: getattr(request, name) for name in given} == given


@pytest.mark.parametrize("option_", ["flag", "size", "least", "side", "name"])
def test_an_option_that_is_null_is_as_good_as_absent(option_: str) -> None:
    assert Request.parse({**ONE, option_: None}) == Request.parse(ONE)


@pytest.mark.parametrize("name", ["left", "right", "topic"])
def test_texts_must_be_there(name: str) -> None:
    expected = (f"'{name}' is missing; send it.", name, None)
    assert refusal(**{name: None}) == expected
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({key: value for key, value in ONE.items() if key != name})
    assert (raised.value.message, raised.value.param, raised.value.item) == expected


def test_an_unknown_field_is_refused_without_repeating_it() -> None:
    known = "left, right, topic, flag, size, least, side, name"
    assert refusal(secret="hunter2") == (f"The request has an unknown field; it may have {known}.", None, None)


EMPTY = "must not be empty."
HALF = "holds half of a surrogate pair; send valid Unicode."


@pytest.mark.parametrize(
    ("changes", "message", "param", "item"),
    [
        ({"left": "x"}, "'left' must be a list of at least one string.", "left", None),
        ({"left": []}, "'left' must be a list of at least one string.", "left", None),
        ({"left": ("x", "y")}, "'left' must be a list of at least one string.", "left", None),
        ({"left": ["x", 1]}, "'left[1]' must be a string.", "left", 1),
        ({"left": [None, "x"]}, "'left[0]' must be a string.", "left", 0),
        ({"left": ["x", ["y"]]}, "'left[1]' must be a string.", "left", 1),
        ({"left": ["x", ""]}, f"'left[1]' {EMPTY}", "left", 1),
        ({"left": ["x", " \n\u3000"]}, f"'left[1]' {EMPTY}", "left", 1),
        ({"right": ["", "x"]}, f"'right[0]' {EMPTY}", "right", 0),
        ({"left": ["x", "\ud83d"]}, f"'left[1]' {HALF}", "left", 1),
        ({"left": ["\udc00é", "x"]}, f"'left[0]' {HALF}", "left", 0),
        (
            {"left": ["x", "123456"]},
            "'left[1]' has 6 characters; the limit is 5. Send a shorter text.",
            "left",
            1,
        ),
        ({"right": ["x"]}, "'left' and 'right' must be lists of equal length.", "right", None),
        ({"topic": ["x"]}, "'topic' must be a string.", "topic", None),
        ({"topic": ""}, f"'topic' {EMPTY}", "topic", None),
        ({"topic": "\t"}, f"'topic' {EMPTY}", "topic", None),
        ({"topic": "a\ud800"}, f"'topic' {HALF}", "topic", None),
        ({"topic": "123456"}, "'topic' has 6 characters; the limit is 5. Send a shorter text.", "topic", None),
    ],
)
def test_a_wrong_text_is_named_by_field_and_item(
    changes: dict[str, Any], message: str, param: str, item: int | None
) -> None:
    assert refusal(**changes) == (message, param, item)


@pytest.mark.parametrize("value", [0, 1, "true", [], 1.0])
def test_a_switch_is_true_or_false_and_no_number(value: Any) -> None:
    assert refusal(flag=value) == ("'flag' must be true or false.", "flag", None)


@pytest.mark.parametrize("value", [1, 8, -3, 3.0, "3", True, False, [], {}])
def test_a_number_is_a_whole_one_within_its_bounds_and_no_switch(value: Any) -> None:
    assert refusal(size=value) == ("'size' must be a whole number from 2 to 7.", "size", None)


@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True])
def test_a_number_may_have_no_largest(value: Any) -> None:
    assert refusal(least=value) == ("'least' must be a whole number of at least 1.", "least", None)


@pytest.mark.parametrize("size", [2, 7])
def test_the_bounds_themselves_are_allowed(size: int) -> None:
    assert Request.parse({**ONE, "size": size, "least": 1}).size == size


@pytest.mark.parametrize("value", ["d", "A", "", 1, True, [], {}, ["a"]])
def test_a_choice_is_one_of_its_words(value: Any) -> None:
    assert refusal(side=value) == ("'side' must be a, b or c.", "side", None)


@pytest.mark.parametrize(("value", "problem"), [(1, "must be a string."), ("", EMPTY), ("\ud800", HALF)])
def test_an_option_may_be_a_text(value: Any, problem: str) -> None:
    assert refusal(name=value) == (f"'name' {problem}", "name", None)


def test_characters_are_counted_in_code_points() -> None:
    assert Request.parse({**ONE, "topic": "\U0001f600" * 5}).topic == "\U0001f600" * 5
    assert "has 6 characters" in refusal(topic="\U0001f600" * 6)[0]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_valid_text_is_taken_where_blanks_are_allowed(text: str) -> None:
    assert Request.parse({**ONE, "left": ["x"], "right": [text]}).right == [text]


@given(st.dictionaries(st.sampled_from([*declared_fields(Request), "other"]), st.none() | st.integers() | st.text()))
def test_no_wrong_value_is_any_other_error(changes: dict[str, Any]) -> None:
    with suppress(InvalidRequest):
        assert isinstance(Request.parse({**ONE, **changes}), Request)


def test_lists_of_one_length_are_checked_however_a_request_is_made() -> None:
    with pytest.raises(InvalidRequest, match="equal length"):
        Request(left=["x"], right=["y", "z"], topic="all")
