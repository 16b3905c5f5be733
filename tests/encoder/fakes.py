"""Encoders for tests of tasks: a tiny real tokenizer, and a network without weights that goes by the tokens alone.

A task that labels tokens asks `encoder(by_token(labels=5), outputs={"logits": "token"})`, a task that labels texts
`encoder(by_sequence(labels=3), outputs={"logits": "sequence"})`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from shared.encoder import Encoder, Tokens
from shared.encoder.batches import Feed, Feeds
from shared.encoder.encoder import Floats
from shared.manifest import Manifest
from tests.shared.manifests import UNBUILT

FOLDER = Path(__file__).parents[1] / "question_answering" / "golden" / "tokenizers"
# One for each kind of tokenizer, by the name of its file, and its padding token's id.
PADDING = {"wordpiece": 0, "unigram": 1, "unigram-lower": 0, "byte-bpe": 1}
TOKENIZERS = tuple(PADDING)
# No tiny tokenizer has more tokens.
VOCABULARY_SIZE = 2048

# From a feed to one array for each output, (sequences, tokens, ...) or (sequences, ...).
Run = Callable[[Feed], list[Floats]]


class FakeNetwork:
    """Runs a function; `feeds` are all that it was asked. See `shared.encoder.encoder.Network`."""

    def __init__(self, run: Run) -> None:
        self.feeds: list[Feed] = []
        self._run = run

    def run(self, feeds: Feeds) -> Iterator[list[Floats]]:
        for feed in feeds:
            self.feeds.append(feed)
            yield self._run(feed)


class FakeClock:
    """Stands in for `time.monotonic`; it moves when a test moves it."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def slow(self, run: Run, token_s: float) -> Run:
        """Return the network as one that takes so long for each token."""

        def timed(feed: Feed) -> list[Floats]:
            self.now_s += token_s * feed["input_ids"].size
            return run(feed)

        return timed


def by_token(*, outputs: int = 1, labels: int | None = None) -> Run:
    """Return a network in which every token has its own logits, whatever stands beside it.

    Each output is (sequences, tokens), or (sequences, tokens, labels).
    """
    tables = [_logits(seed, labels) for seed in range(1, outputs + 1)]
    return lambda feed: [table[feed["input_ids"]] for table in tables]


def by_sequence(*, labels: int) -> Run:
    """Return a network whose one output, (sequences, labels), is the largest logit of each label among the tokens."""
    table = _logits(1, labels)

    def run(feed: Feed) -> list[Floats]:
        is_token = feed["attention_mask"][:, :, None] == 1
        return [np.where(is_token, table[feed["input_ids"]], -np.inf).max(axis=1)]

    return run


def _logits(seed: int, labels: int | None) -> Floats:
    shape = (VOCABULARY_SIZE,) if labels is None else (VOCABULARY_SIZE, labels)
    return np.random.default_rng(seed).normal(0, 3, shape).astype(np.float32)


def tokenizer(name: str = "wordpiece") -> Tokenizer:
    """Open a tiny tokenizer by the name of its file."""
    return Tokenizer.from_file(str(FOLDER / f"{name}.json"))


def letters(*special: str) -> Tokenizer:
    """Return a tokenizer of the letters a, b and c, ids 0 to 2, that writes no special token by itself.

    Any other word is read as `c`. The tokens `special` have the ids from 3 on.
    """
    made = Tokenizer(models.WordLevel({token: i for i, token in enumerate([*"abc", *special])}, unk_token="c"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(list(special))
    return made


def vocabulary(name: str = "wordpiece") -> dict[str, int]:
    """Return the ids of a tiny tokenizer's tokens."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    found = content["model"]["vocab"]
    return found if isinstance(found, dict) else {piece: i for i, (piece, _) in enumerate(found)}


def manifest(name: str = "wordpiece", **facts: Any) -> Manifest:
    """Return the manifest of an artifact with a tiny tokenizer; `facts` replace what it would say."""
    return replace(UNBUILT, **{"pad_token_id": PADDING[name], "max_tokens": 128, **facts})


def encoder(run: Run | FakeNetwork, *, name: str = "wordpiece", outputs: Mapping[str, str], **facts: Any) -> Encoder:
    """Return an encoder over a tiny tokenizer; `facts` are the manifest's."""
    network = run if isinstance(run, FakeNetwork) else FakeNetwork(run)
    return Encoder(tokenizer(name), network, manifest(name, outputs=dict(outputs), **facts))


def sequences(*lengths: int) -> list[Tokens]:
    """Return sequences of the lengths, no two alike."""
    ids = (np.arange(length, dtype=np.int64) + 7 * index for index, length in enumerate(lengths))
    return [Tokens(ids=one, types=np.zeros_like(one)) for one in ids]
