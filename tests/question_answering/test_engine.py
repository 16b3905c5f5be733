"""From a request to its answers, with models that answer what a test wants."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from services.question_answering.engine import Engine, Ints, Logits, Run, Settings, Windows, in_turn
from shared.errors import InvalidRequest
from tests.question_answering.fakes import answering, asked_for, by_token, engine, tokenizer, vocabulary

VOCABULARY = vocabulary("wordpiece")
PARIS = asked_for({VOCABULARY["paris"]})
NOTHING = asked_for({VOCABULARY["[CLS]"]})


def test_an_answer_is_cut_from_the_callers_own_text() -> None:
    answer = answering(run=PARIS)("What?", "Bob likes PÁRIS\tand wax.")["answers"][0]
    assert answer["answer"] == "PÁRIS"


def test_equal_texts_merge_and_the_likeliest_place_is_kept() -> None:
    def run(ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        later = np.arange(ids.shape[1]) > ids.shape[1] // 2
        logits = np.where(ids == VOCABULARY["it"], 3.0 + 4.0 * later, 0.0).astype(np.float32)
        return logits, logits

    answers = answering(run=run)("What?", "it has paris and paris and paris. IT", max_answer_len=1, top_k=9)["answers"]
    assert (answers[0]["answer"], answers[0]["start"]) == ("IT", 34)
    assert sum(answer["answer"].lower() == "it" for answer in answers) == 1


def test_a_score_that_windows_add_up_is_still_a_probability() -> None:
    result = answering(run=PARIS, max_tokens=40)("What?", "the. " * 12 + "paris" + " the." * 40, doc_stride=24)
    assert result["answers"][0] == {"answer": "paris", "score": 1.0, "start": 60, "end": 65}


def test_the_order_of_equal_answers_is_that_of_the_text() -> None:
    answers = answering(run=asked_for(set()))("What?", "Anna the Bob", top_k=100, max_answer_len=1)["answers"]
    assert [answer["start"] for answer in answers] == sorted(answer["start"] for answer in answers)


def test_without_being_allowed_to_a_model_never_says_that_there_is_no_answer() -> None:
    result = answering(run=NOTHING)("What?", "Anna likes paris.", top_k=50)
    assert result["no_answer_score"] > 0.9
    assert all(answer["answer"] for answer in result["answers"])


@pytest.mark.parametrize(("threshold", "says_so"), [(0.5, True), (0.9999, False)])
def test_no_answer_comes_first_from_the_threshold_on(threshold: float, says_so: bool) -> None:
    result = answering(run=NOTHING, threshold=threshold)("What?", "Anna likes paris.", top_k=2, allow_no_answer=True)
    null = {"answer": "", "score": result["no_answer_score"], "start": 0, "end": 0}
    assert (result["answers"][0] == null) == says_so
    assert len(result["answers"]) == 2


def test_no_answer_competes_by_its_score_where_the_pipelines_option_asks_for_it() -> None:
    answer = answering(run=PARIS, threshold=0.0)
    answers = answer("What?", "Anna likes paris.", top_k=50, handle_impossible_answer=True)["answers"]
    assert answers[0]["answer"] == "paris"
    assert sum(answer["answer"] == "" for answer in answers) == 1
    assert [a["score"] for a in answers] == sorted((a["score"] for a in answers), reverse=True)


def test_only_the_first_token_stands_for_no_answer() -> None:
    plain = answering(run=NOTHING)("What?", "Anna likes paris.")
    quoted = answering(run=NOTHING)("What is [CLS]?", "Anna likes paris.")
    assert quoted["no_answer_score"] == pytest.approx(plain["no_answer_score"])


@pytest.mark.parametrize("context", ["\u200b", "\u0301", "\ufeff\u200d"])
def test_a_context_in_which_the_tokenizer_reads_nothing_has_no_answer(context: str) -> None:
    result = answering()("What?", context)
    assert result == {"answers": [], "no_answer_score": 1.0}


def test_blank_spans_are_no_answers() -> None:
    answers = answering(name="byte-bpe")("What?", "Anna \n\n\n  Bob", top_k=200)["answers"]
    assert answers
    assert all(answer["answer"].strip() for answer in answers)


def test_tokens_are_counted_and_cut_questions_reported() -> None:
    inference = engine().answer({"question": ["paris " * 300, "paris"], "context": ["Anna " * 300, "Anna"]})
    assert inference.truncated == 1
    assert inference.tokens > 600
    assert set(inference.ms) == {"tokenize", "model", "spans"}


def test_all_windows_of_a_request_run_in_few_calls() -> None:
    shapes = []

    def run(ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        shapes.append(ids.shape)
        return by_token(ids, mask, types)

    request = {"question": ["Who?"] * 20, "context": ["Anna likes paris. " * n for n in range(2, 42, 2)]}
    engine(run=run).answer(request)
    assert sum(rows for rows, _ in shapes) > 20
    assert len(shapes) == 2


def test_windows_may_be_read_side_by_side_and_in_any_order() -> None:
    def each(work: Callable[[Run, Windows], None], batches: Sequence[Windows]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(partial(work, slow), reversed(batches)))

    def slow(ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        time.sleep(0.01)
        return by_token(ids, mask, types)

    request = {"question": ["Who?"] * 3, "context": ["Anna likes paris. " * n for n in (400, 3, 90)], "top_k": 5}
    settings = Settings(max_tokens=128, pad_token_id=0, no_answer_threshold=0.5, batch_tokens=0)
    began = time.perf_counter()
    beside = Engine(tokenizer("wordpiece"), each, settings).answer(request)
    took_ms = (time.perf_counter() - began) * 1000
    assert beside.result == Engine(tokenizer("wordpiece"), in_turn(by_token), settings).answer(request).result
    # What threads spend at the same time is told once.
    assert sum(beside.ms.values()) <= took_ms


def test_an_error_in_a_request_is_the_callers() -> None:
    with pytest.raises(InvalidRequest):
        engine().answer({"question": ["Who?"]})


def test_a_tokenizer_that_does_not_begin_with_a_special_token_is_refused() -> None:
    bare = Tokenizer(models.WordPiece({"a": 0, "b": 1}, unk_token="a"))
    with pytest.raises(ValueError, match="CLS"):
        Engine(bare, in_turn(by_token), Settings(max_tokens=8, pad_token_id=0, no_answer_threshold=0.5))
