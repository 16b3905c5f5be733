"""A request is given up when its time is over, and as soon as its speed shows that it will be."""

import itertools
from collections.abc import Sequence

import pytest

from shared.contract import Deadline
from shared.encoder import Encoder
from shared.encoder.batches import Feed
from shared.encoder.encoder import MEASURED_S, TEXTS_AT_ONCE, Floats
from shared.encoder.tokens import Encoding
from shared.errors import Timeout, TooLarge
from tests.encoder import fakes
from tests.encoder.fakes import FakeClock, FakeNetwork, by_token, encoder, manifest, sequences

BY_TOKEN = {"logits": "token"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    made = FakeClock()
    monkeypatch.setattr("time.monotonic", made)
    return made


# Sequences of eight tokens take an eighth of a second each.
TOKEN_S = 1 / 64


def test_a_request_that_cannot_be_done_in_time_is_refused_as_soon_as_its_speed_is_known(clock: FakeClock) -> None:
    network = FakeNetwork(clock.slow(by_token(), TOKEN_S))
    made = encoder(network, outputs=BY_TOKEN, batched=False)
    with pytest.raises(TooLarge, match="has 800 tokens, and about 400 can be read in the time it has"):
        list(made.run(sequences(*[8] * 100), Deadline.after(400 * TOKEN_S)))
    assert len(network.feeds) == MEASURED_S / (8 * TOKEN_S)


def test_a_request_that_takes_a_little_longer_is_given_a_chance(clock: FakeClock) -> None:
    network = FakeNetwork(clock.slow(by_token(), TOKEN_S))
    made = encoder(network, outputs=BY_TOKEN, batched=False)
    with pytest.raises(TooLarge):
        list(made.run(sequences(*[8] * 100), Deadline.after(600 * TOKEN_S)))
    # After 200 tokens it would take 600 more, and there is time for 400.
    assert len(network.feeds) == 200 / 8 + 1


def test_a_request_that_can_be_done_in_time_is_done(clock: FakeClock) -> None:
    made = encoder(clock.slow(by_token(), TOKEN_S), outputs=BY_TOKEN, batched=False)
    assert len(list(made.run(sequences(*[8] * 100), Deadline.after(800 * TOKEN_S)))) == 100


def test_a_process_that_stood_still_does_not_take_itself_for_slow(clock: FakeClock) -> None:
    run = by_token()
    durations_s = itertools.chain([0.125, 3.0], itertools.repeat(0.125))

    def stopped(feed: Feed) -> list[Floats]:
        clock.now_s += next(durations_s)
        return run(feed)

    made = encoder(stopped, outputs=BY_TOKEN, batched=False)
    assert len(list(made.run(sequences(*[8] * 100), Deadline.after(16)))) == 100


def test_runs_too_quick_to_be_timed_go_on(clock: FakeClock) -> None:
    made = encoder(by_token(), outputs=BY_TOKEN, batched=False)
    assert len(list(made.run(sequences(8, 8), Deadline(clock.now_s)))) == 2


def test_a_request_whose_time_is_over_is_given_up(clock: FakeClock) -> None:
    network = FakeNetwork(clock.slow(by_token(), token_s=10))
    made = encoder(network, outputs=BY_TOKEN, batched=False)
    with pytest.raises(Timeout):
        list(made.run(sequences(8, 8, 8), Deadline.after(1)))
    assert len(network.feeds) == 1


def test_what_is_done_is_answered_however_late(clock: FakeClock) -> None:
    made = encoder(clock.slow(by_token(), token_s=10), outputs=BY_TOKEN)
    assert len(list(made.run(sequences(5, 5), Deadline.after(1)))) == 2


def test_texts_are_not_read_once_the_time_is_over(clock: FakeClock) -> None:
    sizes: list[int] = []
    own = fakes.tokenizer()

    class Slow:
        def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
            return own.decode(ids, skip_special_tokens=skip_special_tokens)

        def get_vocab_size(self) -> int:
            return own.get_vocab_size()

        def encode(self, sequence: str, pair: str | None = None, *, add_special_tokens: bool = True) -> Encoding:
            return own.encode(sequence, pair, add_special_tokens=add_special_tokens)

        def encode_batch_fast(self, input: Sequence[str], *, add_special_tokens: bool = True) -> list[Encoding]:
            sizes.append(len(input))
            clock.now_s += len(input)
            return [self.encode(text, add_special_tokens=add_special_tokens) for text in input]

    made = Encoder(Slow(), FakeNetwork(by_token()), manifest(outputs=BY_TOKEN))
    with pytest.raises(Timeout):
        made.read_ids(["paris"] * 1_000, Deadline.after(100))
    assert sizes == [TEXTS_AT_ONCE, TEXTS_AT_ONCE]
    assert len(made.read_ids(["paris"] * 200)) == 200
