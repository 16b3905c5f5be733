"""A reranker without a network: a document's logit is the number of times that it has one of the query's tokens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from services.rerank.model import Model
from shared.contract import Inference
from shared.encoder import Encoder
from shared.encoder.batches import Feeds
from shared.encoder.encoder import Floats
from shared.encoder.tokens import Ints
from shared.manifest import Manifest
from tests.shared.manifests import UNBUILT

TOKENIZERS = Path(__file__).parents[1] / "question_answering" / "golden" / "tokenizers"
# `[CLS] query [SEP] document [SEP]`
MAX_TOKENS, SPECIAL, SEP = 40, 3, 3
MANIFEST = replace(
    UNBUILT, service="rerank", max_tokens=MAX_TOKENS, outputs={"logits": "sequence"}, pad_token_id=0, batched=True
)


class CountingNetwork:
    """Counts the document's tokens that the query has too; `seen` keeps what it was given, without padding."""

    def __init__(self) -> None:
        self.seen: list[Ints] = []

    def run(self, feeds: Feeds) -> Iterator[list[Floats]]:
        """Yield logits, (sequences, 1), for each feed."""
        for feed in feeds:
            rows = [ids[mask == 1] for ids, mask in zip(feed["input_ids"], feed["attention_mask"], strict=True)]
            self.seen += rows
            yield [np.array([[self.logit(row)] for row in rows], dtype=np.float32)]

    def logit(self, ids: Ints) -> float:
        """Return one sequence's logit."""
        middle = int(np.flatnonzero(ids == SEP)[0])
        return float(np.isin(ids[middle + 1 : -1], ids[1:middle]).sum())


class ConstantNetwork(CountingNetwork):
    """Gives every sequence the same logit."""

    def __init__(self, constant: float) -> None:
        super().__init__()
        self._constant = constant

    def logit(self, ids: Ints) -> float:
        return self._constant


def reranker(network: CountingNetwork, manifest: Manifest = MANIFEST) -> Model:
    """Return a model over a tiny WordPiece vocabulary."""
    tokenizer = Tokenizer.from_file(str(TOKENIZERS / "wordpiece.json"))
    return Model(Encoder(tokenizer, network, manifest), manifest)


def judge(network: CountingNetwork, query: str, *documents: str, **options: Any) -> Inference:
    """Return what the fake model answers."""
    return reranker(network).infer({"query": query, "documents": list(documents), **options})
