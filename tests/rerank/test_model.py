"""From a query and its documents to scores, with a network that counts the tokens they share."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from services.rerank.model import query_room, sigmoid
from shared.errors import InvalidRequest
from tests.rerank.fakes import MAX_TOKENS, SPECIAL, TOKENIZERS, ConstantNetwork, CountingNetwork, judge, reranker

ROOM = MAX_TOKENS - SPECIAL
LONG = "it " * 90


def scores(query: str, *documents: str, **options: object) -> list[float]:
    result: list[float] = judge(CountingNetwork(), query, *documents, raw_scores=True, **options).result["scores"]
    return result


def test_every_document_is_judged_by_the_query_in_the_documents_order() -> None:
    assert scores("paris", "it", "paris it paris", "paris", "anna") == [0, 2, 1, 0]


def test_a_score_is_the_probability_of_the_logit() -> None:
    result = judge(CountingNetwork(), "paris", "paris paris", "it").result
    assert result["scores"] == pytest.approx([1 / (1 + math.exp(-2)), 0.5])
    assert result["tokens"] == [SPECIAL + 3, SPECIAL + 2]


@pytest.mark.parametrize("logit", [-800.0, -40.0, -1.0, 0.0, 3.0, 800.0])
def test_probabilities_neither_overflow_nor_lose_the_small_ones(logit: float) -> None:
    expected = 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0
    assert sigmoid(np.array([logit]))[0] == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_the_best_window_of_a_long_document_counts_wherever_it_stands() -> None:
    for before in range(0, 200, 7):
        document = "it " * before + "paris anna bob " + "it " * (200 - before)
        assert scores("paris anna bob", document) == [3], before


def test_a_long_document_leaves_the_scores_of_the_others_alone() -> None:
    assert scores("paris", "paris", "paris " * 500, "it") == [1, ROOM - 1, 0]


def test_no_window_is_longer_than_the_model_reads_and_every_token_is_in_one() -> None:
    network = CountingNetwork()
    inference = judge(network, "paris", LONG + "anna", "anna")
    assert max(map(len, network.seen)) == MAX_TOKENS
    assert inference.tokens == sum(map(len, network.seen)) == sum(inference.result["tokens"])
    assert inference.truncated == 0


@pytest.mark.parametrize(("end", "found"), [("right", [0]), ("left", [1])])
def test_a_document_may_be_cut_at_either_end_instead(end: str, found: list[float]) -> None:
    assert scores("paris", LONG + "paris", max_windows=1, truncation_direction=end) == found
    assert scores("paris", LONG + "paris", max_tokens=5, truncation_direction=end) == found


def test_windows_are_counted_from_the_end_that_is_kept() -> None:
    document = "paris " + LONG + "anna"
    for windows in (1, 2, 3):
        assert scores("paris", document, max_windows=windows) == [1]
        assert scores("anna", document, max_windows=windows) == [0]
        assert scores("paris", document, max_windows=windows, truncation_direction="left") == [0]
        assert scores("anna", document, max_windows=windows, truncation_direction="left") == [1]
    assert scores("anna", document, max_windows=9) == [1]


@pytest.mark.parametrize("limit", [{"max_windows": 1}, {"max_windows": 2}, {"max_tokens": 50}])
def test_a_document_that_is_cut_is_reported_or_refused(limit: dict[str, int]) -> None:
    assert judge(CountingNetwork(), "paris", "it", LONG, **limit).truncated == 1
    with pytest.raises(InvalidRequest, match=r"'documents\[1\]' has 90 tokens and the query 1, .*'truncate'") as caught:
        judge(CountingNetwork(), "paris", "it", LONG, truncate=False, **limit)
    assert (caught.value.param, caught.value.item) == ("documents", 1)


def test_nothing_is_refused_where_windows_hold_all_of_it() -> None:
    assert judge(CountingNetwork(), "paris", LONG, truncate=False).truncated == 0


def test_a_long_query_leaves_half_of_a_window_to_a_document_and_all_that_a_short_one_spares() -> None:
    network = CountingNetwork()
    inference = judge(network, LONG, "anna", "anna " * 30, max_windows=1)
    assert inference.truncated == 2
    queries = sorted(int((ids == 3).argmax()) - 1 for ids in network.seen)
    assert queries == [ROOM - ROOM // 2, ROOM - 1]


def test_a_document_cut_short_leaves_its_room_to_the_query() -> None:
    network = CountingNetwork()
    judge(network, "it " * 30, LONG, max_tokens=2)
    assert len(network.seen[0]) == SPECIAL + 30 + 2


@given(query=st.integers(0, 90), document=st.integers(0, 90), end=st.sampled_from(["left", "right"]))
def test_a_pair_is_cut_as_transformers_cuts_it(query: int, document: int, end: str) -> None:
    tokenizer = Tokenizer.from_file(str(TOKENIZERS / "wordpiece.json"))
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first", direction=end)
    texts = ["who " + "it anna bob " * 30, "paris " + "the likes it " * 30]
    first, second = (" ".join(text.split()[:length]) for text, length in zip(texts, (query + 1, document), strict=True))
    network = CountingNetwork()
    judge(network, first, second or " ", max_windows=1, truncation_direction=end)
    assert [ids.tolist() for ids in network.seen] == [tokenizer.encode(first, second).ids]


@given(query=st.integers(0, 2000), document=st.integers(0, 2000), room=st.integers(2, 1000))
def test_query_and_document_always_fit_with_some_of_both(query: int, document: int, room: int) -> None:
    kept = min(query, query_room(query, document, room))
    assert kept == query or kept >= room // 2
    assert document == 0 or kept < room


@pytest.mark.parametrize("document", [" ", "\u200b", "\u0301"])
def test_a_document_in_which_nothing_can_be_read_has_a_score_too(document: str) -> None:
    assert scores("paris", document) == [0]


def test_a_logit_that_is_no_number_is_not_hidden_by_other_windows() -> None:
    inference = judge(ConstantNetwork(math.nan), "paris", LONG, raw_scores=True)
    assert math.isnan(inference.result["scores"][0])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"documents": ["a"]}, "'query' is missing"),
        ({"query": "a", "documents": []}, "'documents' must be a list of at least one string"),
        ({"query": " ", "documents": ["a"]}, "'query' must not be empty"),
        ({"query": "a", "documents": ["a", ""]}, r"'documents\[1\]' must not be empty"),
        ({"query": "a", "documents": ["a"], "max_windows": 0}, "'max_windows' must be a whole number"),
        ({"query": ["a"], "documents": ["a"]}, "'query' must be a string"),
    ],
)
def test_what_cannot_be_judged_is_the_callers_fault(request_: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        reranker(CountingNetwork()).infer(request_)
