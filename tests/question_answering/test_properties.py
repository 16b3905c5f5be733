"""What holds for any text at all."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contract import Model
from shared.errors import InvalidRequest
from tests.encoder.fakes import TOKENIZERS
from tests.question_answering.checkpoints import Checkpoints, ask
from tests.question_answering.fakes import answering, model

TRICKY = [
    "e\u0301",
    "\u202e",
    "\u0000",
    "\U0001f469\u200d\U0001f680",
    "\u0e01\u0e35\u0e48",
    "ﬁ",
    "[SEP]",
    "</s>",
    "İ",
    "\u3000",
]
PIECES = st.one_of(st.text(max_size=12), st.sampled_from(TRICKY), st.sampled_from(["paris ", "light", "東京", "кот\n"]))
TEXTS = st.lists(PIECES, min_size=1, max_size=25).map("".join)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "top_k": st.integers(1, 20),
        "max_answer_len": st.integers(1, 200),
        "max_seq_len": st.integers(16, 128),
        "align_to_words": st.booleans(),
        "handle_impossible_answer": st.booleans(),
        "allow_no_answer": st.booleans(),
        "max_question_len": st.integers(1, 64),
    },
)
MODELS = {name: model(name) for name in TOKENIZERS}


def check(context: str, result: dict[str, Any], options: dict[str, Any]) -> None:
    """The promises of one result."""
    assert 0 <= result["no_answer_score"] <= 1
    answers = result["answers"]
    # The best guess follows no answer.
    assert len(answers) <= options.get("top_k", 1) + (answers[0]["answer"] == "" if answers else 0)
    nullable = options.get("handle_impossible_answer") or options.get("allow_no_answer")
    for answer in answers:
        assert context[answer["start"] : answer["end"]] == answer["answer"]
        assert 0 <= answer["start"] <= answer["end"] <= len(context)
        assert 0 <= answer["score"] <= 1
        assert answer["answer"].strip() or (nullable and answer["answer"] == "")


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(TOKENIZERS), TEXTS, TEXTS, OPTIONS)
def test_an_answer_is_a_piece_of_its_context(name: str, question: str, context: str, options: dict[str, Any]) -> None:
    request = {"question": [question], "context": [context], **options}
    if question.strip() and context.strip():
        check(context, MODELS[name].infer(request).result["results"][0], options)
    else:
        with pytest.raises(InvalidRequest, match="empty"):
            MODELS[name].infer(request)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TOKENIZERS), st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=6), OPTIONS)
def test_an_answer_is_the_same_alone_and_in_a_batch(
    name: str, pairs: list[tuple[str, str]], options: dict[str, Any]
) -> None:
    pairs = [(f"who {question}", f"the {context}") for question, context in pairs]
    questions, contexts = (list(texts) for texts in zip(*pairs, strict=True))
    together = MODELS[name].infer({"question": questions, "context": contexts, **options}).result["results"]
    for (question, context), result in zip(pairs, together, strict=True):
        alone = MODELS[name].infer({"question": [question], "context": [context], **options})
        assert alone.result["results"] == [result]


@given(st.lists(st.sampled_from(TRICKY), max_size=20).map("".join))
@settings(max_examples=60, deadline=None)
def test_an_answer_does_not_begin_with_half_of_a_character(context: str) -> None:
    for answer in answering(name="byte-bpe")("who", f"the {context} light", top_k=20)["answers"]:
        assert answer["answer"][0] not in "\u0301\u200d\u0e35\u0e48"


@pytest.fixture(scope="module")
def roberta(checkpoints: Checkpoints) -> Model:
    return checkpoints.model("roberta", "onnx")


@pytest.mark.torch
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=5))
def test_a_network_answers_the_same_alone_and_in_a_batch(roberta: Model, pairs: list[tuple[str, str]]) -> None:
    pairs = [(f"who {question}", f"the {context}") for question, context in pairs]
    questions, contexts = (list(texts) for texts in zip(*pairs, strict=True))
    together = roberta.infer({"question": questions, "context": contexts}).result["results"]
    for (question, context), result in zip(pairs, together, strict=True):
        alone = ask(roberta, question, context)
        assert alone["no_answer_score"] == pytest.approx(result["no_answer_score"], abs=1e-5)
        assert alone["answers"][0]["score"] == pytest.approx(result["answers"][0]["score"], abs=1e-5)
        check(context, result, {})
