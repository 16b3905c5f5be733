"""Windows over long contexts: the tokens that the tokenizer's own truncation would give."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.question_answering.model import Item, Layout
from services.question_answering.passage import Passage
from services.question_answering.request import Request
from shared.errors import InvalidRequest
from tests.encoder.fakes import TOKENIZERS, encoder, tokenizer
from tests.question_answering.fakes import BY_TOKEN, OUTPUTS

WORDS = [
    "Märchen",
    "paris",
    "1803",
    "東京",
    "кот",
    "العربية",
    "👩\u200d🚀",
    "naïve",
    "ﬁnal",
    "don't",
    "हिन्दी",
    "กาแฟ\n(members)",
    "—",
    "X",
]


def items(name: str, pairs: list[tuple[str, str]], **options: Any) -> tuple[list[Item], Layout]:
    made = encoder(BY_TOKEN, name=name, outputs=OUTPUTS)
    request = Request.parse({"question": [q for q, _ in pairs], "context": [c for _, c in pairs], **options})
    layout = Layout(request, made)
    passages = [Passage.of(context, made.read(context), align_to_words=True) for _, context in pairs]
    questions = made.read_ids([question for question, _ in pairs])
    return [layout.item(*both) for both in zip(questions, passages, strict=True)], layout


def sequences(name: str, question: str, context: str, **options: Any) -> list[tuple[list[int], list[int]]]:
    """Return the ids and types of each window, in order."""
    (item,), layout = items(name, [(question, context)], **options)
    return [(window.tokens.ids.tolist(), window.tokens.types.tolist()) for window in layout.windows(0, item)]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(TOKENIZERS),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=8),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=120),
    st.integers(40, 128),
    st.integers(0, 20),
)
def test_windows_are_those_of_the_tokenizers_own_truncation(
    name: str, question: list[str], context: list[str], length: int, stride: int
) -> None:
    own = tokenizer(name)
    question_ids = own.encode(" ".join(question), add_special_tokens=False).ids
    # A longer question is cut here, and an error there.
    assume(len(question_ids) + 4 + stride < length * 0.7)
    own.enable_truncation(length, stride=stride, strategy="only_second")
    encoding = own.encode(" ".join(question), " ".join(context))
    # RoBERTa's and XLM-R's have one type, 0; the library's overflowing windows say 1 all the same.
    typed = name in {"wordpiece", "unigram-lower"}
    expected = [(e.ids, e.type_ids if typed else [0] * len(e)) for e in (encoding, *encoding.overflowing)]
    made = sequences(name, " ".join(question), " ".join(context), max_seq_len=length, doc_stride=stride)
    assert made == expected


def test_a_question_that_fills_the_window_leaves_a_quarter_to_a_context_that_does_not_fit() -> None:
    (item,), layout = items("wordpiece", [("paris " * 300, "Anna likes paris. " * 100)])
    assert item.is_cut
    assert len(item.question) == 125 - 31
    assert len(layout.windows(0, item)) > 1


def test_a_long_question_is_read_whole_where_the_context_fits() -> None:
    (item,), _ = items("wordpiece", [("paris " * 60, "Anna.")])
    assert not item.is_cut


def test_a_question_is_cut_to_the_length_that_is_asked_for() -> None:
    (item,), _ = items("wordpiece", [("paris " * 60, "Anna.")], max_question_len=5)
    assert item.is_cut
    assert len(item.question) == 5


def test_windows_move_on_by_half_where_the_default_overlap_would_leave_too_little() -> None:
    (item,), layout = items("wordpiece", [("paris " * 56, "Anna likes paris. " * 100)], ranking="sum")
    first, second = layout.windows(0, item)[:2]
    assert second.context.start - first.context.start == (first.context.stop - first.context.start + 1) // 2


def test_an_overlap_that_fills_the_window_is_refused() -> None:
    (item,), layout = items("wordpiece", [("Who?", "Anna likes paris. " * 100)], doc_stride=123)
    with pytest.raises(InvalidRequest, match="'doc_stride' must be below 123") as raised:
        layout.windows(0, item)
    assert raised.value.param == "doc_stride"


def test_an_overlap_that_asks_for_thousands_of_windows_is_refused() -> None:
    (item,), layout = items("wordpiece", [("paris", "Anna likes paris. " * 2000)], doc_stride=123)
    with pytest.raises(InvalidRequest, match=r"'context\[7\]' needs more than 4096 windows") as raised:
        layout.windows(7, item)
    assert (raised.value.param, raised.value.item) == ("context", 7)


def test_a_window_is_never_longer_than_the_model_reads() -> None:
    (item,), layout = items("wordpiece", [("Who?", "Anna likes paris. " * 100)], max_seq_len=100_000)
    assert max(len(window.tokens) for window in layout.windows(0, item)) == 128
