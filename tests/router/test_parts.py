"""How a batch is cut."""

from hypothesis import given
from hypothesis import strategies as st

from router.parts import MAX_PART_BYTES, Part, balance, split
from services.embeddings.request import Request as Texts
from services.question_answering.request import Request as Questions


class Small(Texts):
    """Worth an invocation for a few words."""

    PART_BYTES = 50


SIZES = st.lists(st.integers(1, 1000), min_size=1, max_size=60)


def sums(sizes: list[int], starts: list[int]) -> list[int]:
    return [sum(sizes[a:b]) for a, b in zip(starts, [*starts[1:], len(sizes)], strict=True)]


@given(SIZES, st.integers(1, 8))
def test_no_cut_into_as_many_parts_has_a_smaller_largest_one(sizes: list[int], parts: int) -> None:
    starts = balance(sizes, parts, max_items=1000)
    largest = max(sums(sizes, starts))
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert len(starts) <= parts
    # A cut whose parts are all smaller needs more of them: filling up to one byte less takes too many.
    needed, filled = 1, 0
    for size in sizes:
        if filled and filled + size > largest - 1:
            needed, filled = needed + 1, 0
        filled += size
    assert needed > parts or max(sizes) == largest or len(starts) < parts


@given(SIZES, st.integers(1, 8), st.integers(1, 10))
def test_no_part_has_more_items_than_a_reply_can_carry(sizes: list[int], parts: int, max_items: int) -> None:
    starts = balance(sizes, parts, max_items)
    assert max(b - a for a, b in zip(starts, [*starts[1:], len(sizes)], strict=True)) <= max_items


@given(st.lists(st.text(), min_size=1, max_size=40), st.integers(1, 6))
def test_the_parts_together_are_the_request(texts: list[str], most: int) -> None:
    request = Small(input=texts, dimensions=3)
    parts = split(request, max_parts=most, dimensions=384)
    assert [text for part in parts for text in part.request.input] == texts
    assert len(parts) <= most
    assert all(part.request.dimensions == 3 for part in parts)
    assert [part.first for part in parts] == [sum(p.request.items for p in parts[:i]) for i in range(len(parts))]


def test_what_is_worth_one_invocation_is_not_cut() -> None:
    request = Texts(input=["short"] * 20)
    assert split(request, max_parts=4, dimensions=384) == [Part(0, request)]


def test_one_item_is_never_cut() -> None:
    request = Texts(input=["x" * 100_000])
    assert split(request, max_parts=4, dimensions=384) == [Part(0, request)]


def test_parts_are_balanced_by_utf_8_length_not_by_number() -> None:
    request = Texts(input=["🎂" * 3000, *["x" * 1000] * 12])
    first, second = split(request, max_parts=2, dimensions=384)
    assert (first.request.items, second.request.items) == (1, 12)


def test_a_context_shared_by_many_questions_is_sent_in_payloads_that_lambda_carries() -> None:
    context = "word " * 20_000
    request = Questions(question=["Who?"] * 100, context=[context] * 100)
    parts = split(request, max_parts=1, dimensions=None)
    assert len(parts) > 1
    assert all(sum(map(len, part.request.context)) <= MAX_PART_BYTES for part in parts)
