"""From a request to its answers, with networks that answer what a test wants."""

import math
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


REPEATED = {"question": "What?", "context": "the. " * 12 + "paris" + " the." * 40, "doc_stride": 24}


def test_a_sum_over_windows_is_still_a_probability() -> None:
    result = answering(run=PARIS, max_tokens=40)(**REPEATED, ranking="sum")
    assert result["answers"][0] == {"answer": "paris", "score": 1.0, "start": 60, "end": 65}


def test_one_place_read_in_two_windows_is_one_answer_and_counts_in_both() -> None:
    """Two of four windows hold it: as likely an answer in either, it takes half of what one window would give it."""
    alone = answering(run=PARIS, max_tokens=120)("What?", "the. paris the.")["answers"][0]
    answers = answering(run=PARIS, max_tokens=40)(**REPEATED, top_k=3)["answers"]
    assert (answers[0]["answer"], answers[0]["start"]) == ("paris", 60)
    assert answers[0]["score"] < alone["score"]
    assert sum(answer["score"] for answer in answers) <= 1


def test_a_name_that_is_everywhere_does_not_beat_the_better_answer_of_one_place() -> None:
    """The likeliest place has odds of its own; a sum over windows would prefer what every window repeats."""
    everywhere, once = VOCABULARY["anna"], VOCABULARY["paris"]

    def logits(feed: Feed) -> list[Floats]:
        ids = feed["input_ids"]
        found = np.where(ids == once, 8.0, np.where(ids == everywhere, 6.0, 0.0)).astype(np.float32)
        return [found, found]

    asked = {
        "question": "What?",
        "context": ("anna. " + "the. " * 20) * 6 + "paris. " + "the. " * 20,
        "max_answer_len": 1,
    }
    answer = answering(run=logits, max_tokens=60)
    assert answer(**asked)["answers"][0]["answer"] == "paris"
    assert answer(**asked, ranking="sum")["answers"][0]["answer"] == "anna"


def test_the_order_of_equal_answers_is_that_of_the_text() -> None:
    answers = answering(run=asked_for(set()))("What?", "Anna the Bob", top_k=100, max_answer_len=1)["answers"]
    assert [answer["start"] for answer in answers] == sorted(answer["start"] for answer in answers)


def test_without_being_allowed_to_a_model_never_says_that_there_is_no_answer() -> None:
    result = answering(run=NOTHING)("What?", "Anna likes paris.", top_k=50)
    assert result["no_answer_score"] > 0.9
    assert all(answer["answer"] for answer in result["answers"])


@pytest.mark.parametrize(("midpoint", "says_so"), [(None, True), (0.0, True), (-50.0, False), (50.0, True)])
def test_no_answer_comes_first_from_a_probability_of_one_half_on(midpoint: float | None, says_so: bool) -> None:
    answer = answering(run=NOTHING, midpoint=midpoint)
    result = answer("What?", "Anna likes paris.", top_k=2, allow_no_answer=True)
    null = {"answer": "", "score": result["no_answer_score"], "start": 0, "end": 0}
    assert (result["answers"][0] == null) == says_so == (result["no_answer_score"] >= 0.5)
    assert len(result["answers"]) == 2


def test_a_probability_of_exactly_one_half_is_no_answer() -> None:
    asked = {"question": "What?", "context": "Anna likes paris.", "allow_no_answer": True}
    probability = answering(run=NOTHING)(**asked)["no_answer_score"]
    log_odds = math.log(1 / probability - 1)
    assert answering(run=NOTHING, midpoint=log_odds + 1e-9)(**asked)["answers"][0]["answer"] == ""
    assert answering(run=NOTHING, midpoint=log_odds - 1e-9)(**asked)["answers"][0]["answer"] != ""


def test_the_best_guess_follows_no_answer_whatever_top_k_is() -> None:
    result = answering(run=NOTHING)("What?", "Anna likes paris.", allow_no_answer=True)
    assert [bool(answer["answer"]) for answer in result["answers"]] == [False, True]


def test_no_answer_competes_by_its_score_where_the_pipelines_option_asks_for_it() -> None:
    answer = answering(run=PARIS)
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
        def read(self, text: str, *, special_tokens: bool = False) -> Encoding:
            read.append(text)
            return super().read(text, special_tokens=special_tokens)

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
    said = manifest(outputs=OUTPUTS, batched=batched, config={})
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
