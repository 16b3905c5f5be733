"""From texts to labels, on a network that only counts tokens."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import processors

from services.text_classification.model import Model
from shared.errors import InvalidRequest
from tests.text_classification.fakes import LABELS, Counting, Fixed, classifier, tokenizer

WORDS = "the tide comes in twice a day and the boats lie on the sand until it is back again"


def labels(model: Model, **request: Any) -> list[list[tuple[str, float]]]:
    results = model.infer(request).result["results"]
    return [[(one["label"], one["score"]) for one in result] for result in results]


def test_several_labels_share_one_probability_and_the_best_comes_first() -> None:
    (found,) = labels(classifier(Fixed([1.0, 3.0, 2.0])), text=["a"])
    assert [label for label, _ in found] == ["second", "none", "many"]
    total = math.e + math.e**3 + math.e**2
    assert [score for _, score in found] == pytest.approx([math.e**3 / total, math.e**2 / total, math.e / total])


def test_labels_that_do_not_exclude_each_other_have_a_probability_each() -> None:
    (found,) = labels(classifier(Fixed([0.0, 3.0, -3.0]), function="sigmoid"), text=["a"])
    assert dict(found) == pytest.approx({"many": 0.5, "second": 1 / (1 + math.e**-3), "none": 1 / (1 + math.e**3)})


def test_a_regression_gives_its_output_as_it_is() -> None:
    assert labels(classifier(Fixed([4.25]), labels=["stars"], function="none"), text=["a"]) == [[("stars", 4.25)]]


@pytest.mark.parametrize("function", ["softmax", "sigmoid", "none"])
def test_a_request_may_name_the_function(function: str) -> None:
    own = classifier(Fixed([1.0, 3.0, 2.0]), function=function)
    other = classifier(Fixed([1.0, 3.0, 2.0]), function="none" if function == "softmax" else "softmax")
    assert labels(other, text=["a"], function_to_apply=function) == labels(own, text=["a"])
    assert labels(other, text=["a"]) != labels(own, text=["a"])


@pytest.mark.parametrize("function", ["softmax", "sigmoid"])
@pytest.mark.parametrize("logits", [[-200.0, 0.0, 1.0], [1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]])
def test_logits_of_any_size_give_probabilities(function: str, logits: list[float]) -> None:
    (found,) = labels(classifier(Fixed(logits), function=function), text=["a"])
    assert all(0 <= score <= 1 for _, score in found)
    assert function == "sigmoid" or sum(score for _, score in found) == pytest.approx(1)


@pytest.mark.parametrize(("top_k", "expected"), [(1, 1), (2, 2), (3, 3), (100, 3), (None, 3)])
def test_as_many_labels_come_as_are_asked_for(top_k: int | None, expected: int) -> None:
    (found,) = labels(classifier(Fixed([1.0, 3.0, 2.0])), text=["a"], top_k=top_k)
    assert [label for label, _ in found] == ["second", "none", "many"][:expected]


def test_equal_scores_keep_the_order_of_the_models_labels() -> None:
    (found,) = labels(classifier(Fixed([2.0, 2.0, 2.0])), text=["a"])
    assert [label for label, _ in found] == LABELS


def test_each_text_has_its_own_labels_whatever_runs_beside_it() -> None:
    texts = [WORDS[: 5 * i + 1] for i in range(9)]
    model = classifier(Counting(), max_tokens=64)
    assert labels(model, text=texts) == [labels(model, text=[text])[0] for text in texts]


def test_tokens_are_counted_with_the_special_ones() -> None:
    inference = classifier(Counting(), max_tokens=64).infer({"text": ["the", "the the"]})
    assert (inference.tokens, inference.truncated) == (3 + 4, 0)


def test_a_long_text_is_cut_and_counted() -> None:
    network = Counting()
    inference = classifier(network).infer({"text": ["the", WORDS]})
    assert inference.truncated == 1
    encoded = tokenizer().encode(WORDS).ids
    assert [*encoded[:15], encoded[-1]] in network.sequences


def test_a_long_text_is_refused_where_it_must_not_be_cut() -> None:
    model = classifier(Counting())
    length = len(tokenizer().encode(WORDS).ids)
    assert model.infer({"text": ["the"], "truncate": False}).truncated == 0
    with pytest.raises(InvalidRequest, match=rf"'text\[1\]' is {length} tokens long and the model reads 16") as refusal:
        model.infer({"text": ["the", WORDS], "truncate": False})
    assert (refusal.value.param, refusal.value.item) == ("text", 1)


@given(first=st.integers(1, 40), second=st.integers(1, 40), max_tokens=st.integers(5, 40))
def test_a_pair_is_cut_as_its_tokenizer_would_cut_it(first: int, second: int, max_tokens: int) -> None:
    network, reference = Counting(), tokenizer()
    reference.enable_truncation(max_tokens)
    pair = " ".join(["the"] * first), " ".join(["in"] * second)
    inference = classifier(network, max_tokens=max_tokens).infer({"text": [pair[0]], "text_pair": [pair[1]]})
    assert network.sequences == [reference.encode(*pair).ids]
    assert inference.truncated == (first + second + 3 > max_tokens)


def test_a_pair_has_the_token_types_of_two_texts_and_a_blank_second_text_is_none() -> None:
    model = classifier(Counting(), function="none")
    pair, alone = labels(model, text=["the", "the"], text_pair=["in the", " "], top_k=3)
    assert dict(pair)["second"] == 3
    assert dict(alone) == {"many": 3, "second": 0, "none": 0}


def test_a_pair_that_is_too_long_is_refused_with_both_lengths() -> None:
    with pytest.raises(InvalidRequest, match=r"'text\[0\]' is 23 tokens long"):
        classifier(Counting()).infer({"text": ["the " * 10], "text_pair": ["in " * 10], "truncate": False})


def test_a_text_of_no_token_at_all_is_refused_where_there_are_no_special_tokens_either() -> None:
    bare = tokenizer()
    bare.post_processor = processors.TemplateProcessing(single="$A", pair="$A $B:1")
    model = classifier(Counting(), read=bare)
    assert model.infer({"text": ["the"]}).tokens == 1
    with pytest.raises(InvalidRequest, match=r"'text\[1\]' holds nothing that the model can read"):
        model.infer({"text": ["the", " "]})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "text"),
        ({"text": "a"}, "text"),
        ({"text": [""]}, "text"),
        ({"text": ["a"], "text_pair": [""]}, "text_pair"),
        ({"text": ["a"], "text_pair": ["a", "b"]}, "text_pair"),
        ({"text": ["a"], "top_k": 0}, "top_k"),
        ({"text": ["a"], "top_k": True}, "top_k"),
        ({"text": ["a"], "function_to_apply": "relu"}, "function_to_apply"),
        ({"text": ["a"], "truncate": "yes"}, "truncate"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        classifier(Counting()).infer(fields)
    assert refusal.value.param == param


def test_scores_that_are_no_numbers_are_not_hidden() -> None:
    (found,) = labels(classifier(Fixed([float("nan"), 1.0, 2.0])), text=["a"])
    assert all(np.isnan(score) for _, score in found)
