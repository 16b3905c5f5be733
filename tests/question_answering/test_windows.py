"""Windows over long contexts: the tokens that the tokenizer's own truncation would give, and their batches."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.question_answering.request import Request
from services.question_answering.tokens import Template, passage
from services.question_answering.windows import Batch, Item, Layout, Window, batch, together
from shared.errors import InvalidRequest
from tests.question_answering.fakes import TOKENIZERS, pad_id, tokenizer

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


def items(name: str, pairs: list[tuple[str, str]], max_tokens: int = 128, **options: Any) -> tuple[list[Item], Layout]:
    made = tokenizer(name)
    request = Request.parse({"question": [q for q, _ in pairs], "context": [c for _, c in pairs], **options})
    layout = Layout(request, Template.of(made), max_tokens)

    def ids(text: str) -> Any:
        return np.array(made.encode(text, add_special_tokens=False).ids, dtype=np.int64)

    return [layout.item(ids(q), passage(made, c, align_to_words=True)) for q, c in pairs], layout


def batched(
    name: str, pairs: list[tuple[str, str]], budget: int = 4096, **options: Any
) -> list[tuple[tuple[Window, ...], Batch]]:
    made, layout = items(name, pairs, **options)
    windows = [window for i, item in enumerate(made) for window in layout.windows(i, item)]
    template = Template.of(tokenizer(name))
    return [(chosen, batch(made, chosen, template, pad_id(name))) for chosen in together(windows, budget)]


def rows(name: str, question: str, context: str, **options: Any) -> list[tuple[list[int], list[int]]]:
    """Ids and types of each window in order, without padding."""
    found = {}
    for windows, tokens in batched(name, [(question, context)], 10**9, **options):
        for row, window in enumerate(windows):
            length = int(tokens.mask[row].sum())
            assert length == window.length
            found[window.start] = tokens.ids[row, :length].tolist(), tokens.types[row, :length].tolist()
    return [found[start] for start in sorted(found)]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(TOKENIZERS)),
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
    typed = TOKENIZERS[name] in {"bert", "albert"}
    expected = [(e.ids, e.type_ids if typed else [0] * len(e)) for e in (encoding, *encoding.overflowing)]
    made = rows(name, " ".join(question), " ".join(context), max_seq_len=length, doc_stride=stride)
    assert made == expected


def test_a_batch_is_padded_to_its_longest_window_and_no_further() -> None:
    ((_, tokens),) = batched("byte-bpe", [("Who?", "Anna."), ("Who?", "Anna and Bob and the others.")])
    assert tokens.mask[0].all()
    assert (tokens.ids[1][tokens.mask[1] == 0] == pad_id("byte-bpe")).all()
    assert not tokens.mask[1].all()


@pytest.mark.parametrize("budget", [1, 128, 300, 10_000])
def test_batches_stay_in_their_budget_and_are_few(budget: int) -> None:
    pairs = [("Who?", "Anna likes paris. " * n) for n in (1, 40, 3, 90)]
    made = batched("wordpiece", pairs, budget)
    assert all(tokens.ids.size <= budget or len(windows) == 1 for windows, tokens in made)
    for (windows, tokens), (following, _) in itertools.pairwise(made):
        assert (len(windows) + 1) * tokens.ids.shape[1] > budget
        assert windows[-1].length >= following[0].length


def test_a_question_that_fills_the_window_leaves_a_quarter_to_a_context_that_does_not_fit() -> None:
    (item,), layout = items("wordpiece", [("paris " * 500, "Anna likes paris. " * 100)])
    assert item.truncated
    assert len(item.head) == 2 + 125 - 31
    assert len(layout.windows(0, item)) > 1


def test_a_long_question_is_read_whole_where_the_context_fits() -> None:
    (item,), _ = items("wordpiece", [("paris " * 60, "Anna.")])
    assert not item.truncated


def test_a_question_is_cut_to_the_length_that_is_asked_for() -> None:
    (item,), _ = items("wordpiece", [("paris " * 60, "Anna.")], max_question_len=5)
    assert item.truncated
    assert len(item.head) == 2 + 5


def test_windows_move_on_by_half_where_the_default_overlap_would_leave_too_little() -> None:
    (item,), layout = items("wordpiece", [("paris " * 56, "Anna likes paris. " * 100)])
    first, second = layout.windows(0, item)[:2]
    assert second.start - first.start == (first.stop - first.start + 1) // 2


def test_an_overlap_that_fills_the_window_is_refused() -> None:
    (item,), layout = items("wordpiece", [("Who?", "Anna likes paris. " * 100)], doc_stride=126)
    with pytest.raises(InvalidRequest, match="doc_stride"):
        layout.windows(0, item)


def test_an_overlap_that_asks_for_thousands_of_windows_is_refused() -> None:
    (item,), layout = items("wordpiece", [("paris", "Anna likes paris. " * 2000)], doc_stride=123)
    with pytest.raises(InvalidRequest, match="4096 windows"):
        layout.windows(0, item)


def test_a_window_is_never_longer_than_the_model_reads() -> None:
    (item,), layout = items("wordpiece", [("Who?", "Anna likes paris. " * 100)], max_seq_len=100_000)
    assert max(window.length for window in layout.windows(0, item)) == 128
