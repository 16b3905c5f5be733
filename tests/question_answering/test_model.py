"""From a request to its answers, with networks that answer what a test wants."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from services.question_answering.model import Model
from shared.contract import NO_DEADLINE, Deadline
from shared.encoder import Encoder, Tokens
from shared.encoder.batches import Feed
from shared.encoder.encoder import Floats
from shared.encoder.tokens import Encoding, Ints
from shared.errors import InvalidRequest, Timeout, TooLarge
from tests.encoder.fakes import FakeClock, FakeNetwork, manifest, tokenizer, vocabulary
from tests.question_answering.fakes import BY_TOKEN, OUTPUTS, answering, asked_for, model

VOCABULARY = vocabulary("wordpiece")
PARIS = asked_for({VOCABULARY["paris"]})
NOTHING = asked_for({VOCABULARY["[CLS]"]})


def test_an_answer_is_cut_from_the_callers_own_text() -> None:
    answer = answering(run=PARIS)("What?", "Bob likes PÁRIS\tand wax.")["answers"][0]
    assert answer["answer"] == "PÁRIS"


def test_equal_texts_merge_and_the_likeliest_place_is_kept() -> None:
    def run(feed: Feed) -> list[Floats]:
        ids = feed["input_ids"]
        later = np.arange(ids.shape[1]) > ids.shape[1] // 2
        logits = np.where(ids == VOCABULARY["it"], 3.0 + 4.0 * later, 0.0).astype(np.float32)
        return [logits, logits]

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


@pytest.mark.parametrize("threshold", [None, 0.5])
def test_a_model_whose_threshold_is_not_measured_yet_always_answers(threshold: float | None) -> None:
    result = answering(run=NOTHING, threshold=threshold)("What?", "Anna likes paris.", allow_no_answer=True)
    assert (result["answers"][0]["answer"] == "") == (threshold is not None)


@pytest.mark.parametrize(("threshold", "says_so"), [(0.5, True), (0.9999, False)])
def test_no_answer_comes_first_from_the_threshold_on(threshold: float, says_so: bool) -> None:
    result = answering(run=NOTHING, threshold=threshold)("What?", "Anna likes paris.", top_k=2, allow_no_answer=True)
    null = {"answer": "", "score": result["no_answer_score"], "start": 0, "end": 0}
    assert (result["answers"][0] == null) == says_so
    assert len(result["answers"]) == 2


def test_a_null_score_that_is_exactly_the_threshold_is_no_answer() -> None:
    asked = {"question": "What?", "context": "Anna likes paris.", "allow_no_answer": True}
    null_score = answering(run=NOTHING)(**asked)["no_answer_score"]
    assert answering(run=NOTHING, threshold=null_score)(**asked)["answers"][0]["answer"] == ""
    assert answering(run=NOTHING, threshold=np.nextafter(null_score, 1))(**asked)["answers"][0]["answer"] != ""


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


def test_as_many_answers_as_asked_for_are_given_though_a_words_spans_are_one_answer() -> None:
    pieces = tokenizer().encode("Märchenland", add_special_tokens=False).ids
    assert len(pieces) == 4
    answers = answering(run=asked_for(set(pieces)))("What?", "Anna, Märchenland", top_k=2)["answers"]
    assert [answer["answer"] for answer in answers][:1] == ["Märchenland"]
    assert len(answers) == 2


def test_blank_spans_are_no_answers() -> None:
    answers = answering(name="byte-bpe")("What?", "Anna \n\n\n  Bob", top_k=100)["answers"]
    assert answers
    assert all(answer["answer"].strip() for answer in answers)


def test_tokens_are_counted_and_cut_questions_reported() -> None:
    inference = model().infer({"question": ["paris " * 300, "paris"], "context": ["Anna " * 300, "Anna"]})
    assert inference.truncated == 1
    assert inference.tokens > 600
    assert set(inference.ms) == {"tokenize", "model"}


def test_windows_of_all_items_share_runs() -> None:
    network = FakeNetwork(BY_TOKEN)
    request = {"question": ["Who?"] * 20, "context": ["Anna."] * 20}
    inference = model(run=network).infer(request)
    assert sum(len(feed["input_ids"]) for feed in network.feeds) == 20
    assert len(network.feeds) == 1
    assert inference.tokens == network.feeds[0]["attention_mask"].sum()


def test_every_distinct_text_is_read_once() -> None:
    read: list[str] = []

    class Counting(Encoder):
        def read(self, text: str) -> Encoding:
            read.append(text)
            return super().read(text)

        def read_ids(self, texts: Sequence[str], deadline: Deadline = NO_DEADLINE) -> list[Ints]:
            read.extend(texts)
            return super().read_ids(texts, deadline)

    said = manifest(outputs=OUTPUTS)
    made = Model(Counting(tokenizer(), FakeNetwork(BY_TOKEN), said), said)
    made.infer({"question": ["Who?", "Who?", "Why?"], "context": ["Anna.", "Bob.", "Anna."]})
    assert sorted(read) == ["Anna.", "Bob.", "Who?", "Why?"]


class Reversed(Encoder):
    """Yields the last sequence's outputs first."""

    def run(self, sequences: Sequence[Tokens], deadline: Deadline = NO_DEADLINE) -> Iterator[tuple[int, list[Floats]]]:
        yield from reversed(list(super().run(sequences, deadline)))


@pytest.mark.parametrize("batched", [True, False])
def test_windows_may_be_read_in_any_order(batched: bool) -> None:
    said = manifest(outputs=OUTPUTS, batched=batched, config={"no_answer_threshold": 0.5})
    request = {"question": ["Who?"] * 3, "context": ["Anna likes paris. " * n for n in (400, 3, 90)], "top_k": 5}
    other = Model(Reversed(tokenizer(), FakeNetwork(BY_TOKEN), said), said)
    assert other.infer(request).result == model().infer(request).result


def test_a_request_whose_time_is_over_is_not_read() -> None:
    network = FakeNetwork(BY_TOKEN)
    with pytest.raises(Timeout):
        model(run=network).infer({"question": ["Who?"], "context": ["Anna."]}, Deadline.after(-1))
    assert network.feeds == []


def test_a_context_too_long_for_the_time_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    monkeypatch.setattr("time.monotonic", clock)
    slow = model(run=clock.slow(BY_TOKEN, token_s=0.01))
    with pytest.raises(TooLarge):
        slow.infer({"question": ["Who?"], "context": ["Anna likes paris. " * 2_000]}, Deadline.after(20))


def test_an_error_in_a_request_is_the_callers() -> None:
    with pytest.raises(InvalidRequest):
        model().infer({"question": ["Who?"]})


def test_a_tokenizer_that_does_not_begin_with_a_special_token_is_refused() -> None:
    bare = Tokenizer(models.WordPiece({"a": 0, "b": 1}, unk_token="a"))
    said = manifest(outputs=OUTPUTS)
    with pytest.raises(ValueError, match="CLS"):
        Model(Encoder(bare, FakeNetwork(BY_TOKEN), said), said)
