"""Finds entities with any token classifier: texts to windows, logits to entities. It knows no runtime.

The semantics are those of the token-classification pipeline of transformers;
tests/token_classification/golden/README.md lists where they differ on purpose.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.token_classification.entities import Floats, Labels, Part, group_windows, pick_tokens
from services.token_classification.request import Entities, Reply, Request
from services.token_classification.words import TextTokens
from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.encoder import Encoder, Tokens
from shared.encoder.windows import count_windows, default_overlap, windows
from shared.errors import InvalidRequest
from shared.manifest import Manifest

# One text may take so many windows: at a stride just below the window a short request would run for hours.
MAX_WINDOWS = 4096


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a model's checkpoint says: its labels in the order of its logits, and how its tokenizer marks tokens.

    A token that goes on with a word begins with `subword_prefix`, which is empty where the tokenizer has none.
    """

    labels: list[str]
    subword_prefix: str
    unknown_token_id: int | None


@dataclass(frozen=True, kw_only=True)
class Window:
    """The tokens `part` of the text number `item`, and the sequence in which the network reads them."""

    item: int
    part: slice
    tokens: Tokens


class Model:
    """An encoder with logits for every token; see `shared.contract.Model`."""

    def __init__(self, encoder: Encoder, manifest: Manifest) -> None:
        self._encoder = encoder
        self._settings = Settings(**manifest.config)
        self._labels = Labels(self._settings.labels)

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Find the entities of a request's texts. Raises InvalidRequest."""
        asked = Request.parse(request)
        began = time.perf_counter()
        texts = self._read(asked.text, deadline)
        cut = [window for item, text in enumerate(texts) for window in self._windows(item, text, asked.stride)]
        tokenized = time.perf_counter()
        parts: list[list[Part]] = [[] for _ in texts]
        for window, scores in zip(cut, self._scores([window.tokens for window in cut], deadline), strict=True):
            parts[window.item].append((window.part, scores))
        result: Reply = {
            "results": [self._entities(text, read, asked) for text, read in zip(texts, parts, strict=True)]
        }
        return Inference(
            result=result,
            tokens=sum(len(window.tokens) for window in cut),
            ms={"tokenize": (tokenized - began) * 1000, "model": (time.perf_counter() - tokenized) * 1000},
        )

    def _read(self, texts: list[str], deadline: Deadline) -> list[TextTokens]:
        found, settings = [], self._settings
        for text in texts:
            deadline.check()
            encoding = self._encoder.read(text)
            found.append(TextTokens.of(text, encoding, settings.subword_prefix, settings.unknown_token_id))
        return found

    def _windows(self, item: int, text: TextTokens, stride: int | None) -> list[Window]:
        """Cut a text into windows, in order, which overlap by the stride; none for a text without tokens."""
        special = self._encoder.special_tokens
        room = self._encoder.max_tokens - special.single_length
        if stride is not None and stride >= room:
            raise InvalidRequest(f"'stride' must be below {room}, the tokens that the model reads.", param="stride")
        total = len(text.ids)
        overlap = default_overlap(self._encoder.max_tokens, room) if stride is None else stride
        if count_windows(total, room, overlap) > MAX_WINDOWS:
            problem = f"needs more than {MAX_WINDOWS} windows; lower 'stride' or split the text."
            raise InvalidRequest(f"'text[{item}]' {problem}", param="text", item=item)
        parts = windows(total, room, overlap) if total else []
        return [Window(item=item, part=part, tokens=special.single(text.ids[part])) for part in parts]

    def _scores(self, sequences: list[Tokens], deadline: Deadline) -> list[Floats]:
        """Return for each sequence the labels' probabilities, (tokens, labels), without special tokens."""
        special, scores = self._encoder.special_tokens, [np.empty(0, dtype=np.float32)] * len(sequences)
        for index, (logits,) in self._encoder.run(sequences, deadline):
            weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
            probabilities = weights / weights.sum(axis=-1, keepdims=True)
            scores[index] = probabilities[len(special.before) : len(logits) - len(special.after)]
        return scores

    def _entities(self, text: TextTokens, parts: list[Part], asked: Request) -> Entities:
        ignored = set(asked.ignore_labels)
        if asked.aggregation_strategy == "none":
            first_index = len(self._encoder.special_tokens.before)
            return {"entities": pick_tokens(text, parts, self._labels, ignored, first_index)}
        return {"entities": group_windows(text, parts, self._labels, ignored, asked.aggregation_strategy)}
