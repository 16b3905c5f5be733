"""How labels of tokens become entities, on a network whose labels are given."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from tests.token_classification.fakes import Choice, find, model

WORDS = ("Ada", "Love", "##lace", "London", "New", "York", "was", "in", "and", ".")
CHOICES: dict[str, Choice] = {
    "Ada": ("B-PER", 0.9),
    "Love": ("I-PER", 0.6),
    "##lace": ("I-LOC", 0.8),
    "London": ("B-LOC", 0.9),
    "New": ("B-LOC", 0.7),
    "York": ("I-LOC", 0.9),
}
TEXT = "Ada Lovelace was in London."


def found(text: str = TEXT, **options: Any) -> list[tuple[str, str, float]]:
    """Label, text and score of each entity."""
    asked, _ = model(CHOICES, words=WORDS)
    entities = find(asked, text, **options)
    assert all(text[one["start"] : one["end"]] == one["word"] for one in entities)
    return [(one.get("entity_group") or one["entity"], one["word"], round(one["score"], 4)) for one in entities]


def test_tokens_of_one_label_in_a_row_are_one_entity() -> None:
    assert found() == [("PER", "Ada Love", 0.75), ("LOC", "lace", 0.8), ("LOC", "London", 0.9)]


@pytest.mark.parametrize(
    ("strategy", "entity"),
    [
        ("first", ("PER", "Ada Lovelace", 0.75)),
        # Of Love and lace, (0.8 + 0.1) / 2 says place and (0.6 + 0.05) / 2 says person.
        ("average", ("LOC", "Lovelace", 0.45)),
        ("max", ("LOC", "Lovelace", 0.8)),
    ],
)
def test_a_word_has_one_label(strategy: str, entity: tuple[str, str, float]) -> None:
    assert entity in found(aggregation_strategy=strategy)


def test_a_label_that_begins_an_entity_ends_the_one_before() -> None:
    assert found("London London in New York") == [
        ("LOC", "London", 0.9),
        ("LOC", "London", 0.9),
        ("LOC", "New York", 0.8),
    ]


def test_tokens_are_given_with_their_index_and_string_where_none_are_joined() -> None:
    asked, _ = model(CHOICES, words=WORDS)
    tokens = find(asked, "in Lovelace", aggregation_strategy="none")
    assert [(one["entity"], one["index"], one["word"], one["token"]) for one in tokens] == [
        ("I-PER", 2, "Love", "Love"),
        ("I-LOC", 3, "lace", "##lace"),
    ]


def test_ignored_labels_are_left_out_and_others_given() -> None:
    assert [label for label, _, _ in found(ignore_labels=["LOC", "O"])] == ["PER"]
    assert [label for label, _, _ in found(ignore_labels=[])] == ["PER", "LOC", "O", "LOC", "O"]
    assert ("B-PER", "Ada", 0.9) not in found(aggregation_strategy="none", ignore_labels=["O", "B-PER"])


def test_a_word_that_the_tokenizer_does_not_know_is_a_word() -> None:
    asked, _ = model({"Ada": ("B-PER", 0.9), "[UNK]": ("I-PER", 0.8)}, words=WORDS)
    text = "Ada Žižek was in London"
    assert find(asked, text, aggregation_strategy="first")[0]["word"] == "Ada Žižek"
    token = find(asked, text, aggregation_strategy="none")[1]
    assert (token["word"], token["token"]) == ("Žižek", "Žižek")


@pytest.mark.parametrize("stride", [None, 0, 1, 5])
@pytest.mark.parametrize("strategy", ["none", "simple", "first", "average", "max"])
def test_of_a_long_text_nothing_is_lost_and_nothing_given_twice(strategy: str, stride: int | None) -> None:
    asked, network = model(CHOICES, words=WORDS, max_tokens=10)
    text = " and ".join(["London"] * 40)
    entities = find(asked, text, aggregation_strategy=strategy, stride=stride)
    assert [one["start"] for one in entities] == [i * len("London and ") for i in range(40)]
    assert max(map(len, network.rows)) == 10


def test_of_two_windows_the_one_that_sees_the_longer_entity_decides() -> None:
    asked, _ = model(CHOICES, words=WORDS, max_tokens=6)
    # Windows of four tokens that share two: "in in in New", "in New York in".
    assert [one["word"] for one in find(asked, "in in in New York in", stride=2)] == ["New York"]


def test_an_entity_that_one_of_two_windows_sees_is_found() -> None:
    asked, _ = model(CHOICES, words=WORDS, max_tokens=6, blind=["and"])
    text = "in in and London in in"
    assert [one["word"] for one in find(asked, text, stride=2)] == ["London"]
    # The label of a token is that of the more certain window, and both are as certain here.
    assert find(asked, text, stride=2, aggregation_strategy="none")[0]["word"] == "London"


def test_a_stride_that_leaves_no_step_is_refused() -> None:
    asked, _ = model(CHOICES, words=WORDS, max_tokens=10)
    with pytest.raises(InvalidRequest, match="'stride' must be below 8") as raised:
        find(asked, TEXT, stride=8)
    assert raised.value.param == "stride"


def test_a_text_of_too_many_windows_is_refused_by_its_number() -> None:
    asked, _ = model(CHOICES, words=WORDS, max_tokens=10)
    with pytest.raises(InvalidRequest, match="text\\[1\\]") as raised:
        asked.infer({"text": ["Ada", "in " * 5000], "stride": 7})
    assert raised.value.item == 1


def test_a_text_without_tokens_has_no_entities() -> None:
    asked, network = model(CHOICES, words=WORDS)
    inference = asked.infer({"text": ["\u200b", "Ada"]})
    assert [len(one["entities"]) for one in inference.result["results"]] == [0, 1]
    assert (len(network.rows), inference.tokens, inference.truncated) == (1, 3, 0)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"text": "Ada"}, "text"),
        ({"text": [" "]}, "text"),
        ({"aggregation_strategy": "longest"}, "aggregation_strategy"),
        ({"ignore_labels": "O"}, "ignore_labels"),
        ({"ignore_labels": [1]}, "ignore_labels"),
        ({"stride": -1}, "stride"),
        ({"stride": True}, "stride"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], param: str) -> None:
    asked, _ = model(CHOICES, words=WORDS)
    with pytest.raises(InvalidRequest) as raised:
        asked.infer({"text": ["Ada"], **fields})
    assert raised.value.param == param


@settings(max_examples=40, deadline=None)
@given(words=st.lists(st.sampled_from(["Ada", "London", "New", "York", "was", "in", "."])), stride=st.integers(3, 6))
@pytest.mark.parametrize("strategy", ["none", "simple", "first", "average", "max"])
def test_windows_find_what_one_window_finds(strategy: str, words: list[str], stride: int) -> None:
    text = " in ".join(words)  # no entity has more tokens than two windows share
    assume(text)
    whole, _ = model(CHOICES, words=WORDS, max_tokens=400)
    cut, _ = model(CHOICES, words=WORDS, max_tokens=10)
    expected = find(whole, text, aggregation_strategy=strategy)
    assert find(cut, text, aggregation_strategy=strategy, stride=stride) == expected


@settings(max_examples=40, deadline=None)
@given(text=st.text(min_size=1).filter(lambda text: not text.isspace()))
def test_every_word_is_the_texts_own(text: str) -> None:
    everything = {letter: ("B-PER" if letter.isalpha() else "O", 0.9) for letter in "abcé1"}
    asked, _ = model(everything, words=(*WORDS, *everything))
    for strategy in ("none", "simple", "first", "average", "max"):
        for one in find(asked, text, aggregation_strategy=strategy, ignore_labels=[]):
            assert text[one["start"] : one["end"]] == one["word"] == one["word"].strip()
            assert one["word"] or "token" in one
