"""A model whose network only counts: which tokens it is given decides its logits, and it keeps what it was given."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from services.text_classification.model import Model
from shared.encoder import Encoder
from shared.encoder.batches import Feed
from shared.encoder.encoder import Floats
from tests.shared.manifests import UNBUILT

TOKENIZERS = Path(__file__).parents[1] / "question_answering" / "golden" / "tokenizers"
LABELS = ["many", "second", "none"]


def tokenizer(name: str = "wordpiece") -> Tokenizer:
    """Open a tiny tokenizer, by the name of its file."""
    return Tokenizer.from_file(str(TOKENIZERS / f"{name}.json"))


class Counting:
    """Gives for each sequence the number of its tokens, that of its tokens of type 1, and 0."""

    def __init__(self) -> None:
        self.sequences: list[list[int]] = []

    def run(self, feeds: Sequence[Feed]) -> Iterator[list[Floats]]:
        for feed in feeds:
            mask, types = feed["attention_mask"], feed["token_type_ids"]
            self.sequences += [ids[: sum(real)].tolist() for ids, real in zip(feed["input_ids"], mask, strict=True)]
            counts = [mask.sum(axis=1), (types * mask).sum(axis=1), 0 * mask.sum(axis=1)]
            yield [np.stack(counts, axis=1).astype(np.float32)]


class Fixed:
    """Gives the same logits for every sequence."""

    def __init__(self, logits: list[float]) -> None:
        self._logits = logits

    def run(self, feeds: Sequence[Feed]) -> Iterator[list[Floats]]:
        for feed in feeds:
            yield [np.array([self._logits] * len(feed["input_ids"]), dtype=np.float32)]


def classifier(
    network: Any,
    *,
    labels: Sequence[str] = LABELS,
    function: str = "softmax",
    max_tokens: int = 16,
    read: Tokenizer | None = None,
) -> Model:
    """Make a model of a fake network over a tiny tokenizer, or over `read`."""
    config = {"labels": list(labels), "function_to_apply": function}
    manifest = replace(UNBUILT, outputs={"logits": "sequence"}, config=config, max_tokens=max_tokens)
    return Model(Encoder(read or tokenizer(), network, manifest), manifest)
