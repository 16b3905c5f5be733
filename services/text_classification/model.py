"""Classifies texts with any sequence classifier, as the text-classification pipeline of transformers does."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.text_classification.request import Function, Label, Reply, Request
from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.encoder import Encoder, Tokens
from shared.encoder.tokens import Ints
from shared.errors import InvalidRequest
from shared.manifest import Manifest

Floats = NDArray[np.float64]


class Model:
    """An encoder with one logit for each label; see `shared.contract.Model`."""

    def __init__(self, encoder: Encoder, manifest: Manifest) -> None:
        self._encoder = encoder
        self._labels: list[str] = manifest.config["labels"]
        self._function: Function = manifest.config["function_to_apply"]

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Classify a request's texts. Raises InvalidRequest."""
        asked = Request.parse(request)
        began = time.perf_counter()
        read = [self._encoder.read_ids(texts, deadline) for texts in asked.texts.values()]
        fitted = [self._fit(index, asked, *ids) for index, ids in enumerate(zip(*read, strict=True))]
        sequences = [sequence for sequence, _ in fitted]
        tokenized = time.perf_counter()
        result: Reply = {"results": [[] for _ in sequences]}
        for index, (logits,) in self._encoder.run(sequences, deadline):
            result["results"][index] = self._rank(logits.astype(np.float64), asked)
        return Inference(
            result=result,
            tokens=sum(map(len, sequences)),
            truncated=sum(is_cut for _, is_cut in fitted),
            ms={"tokenize": (tokenized - began) * 1000, "model": (time.perf_counter() - tokenized) * 1000},
        )

    def _fit(self, index: int, asked: Request, first: Ints, second: Ints | None = None) -> tuple[Tokens, bool]:
        """Cut a text or a pair ("longest_first") to what the network reads, and say whether it was. May refuse it."""
        special, limit = self._encoder.special_tokens, self._encoder.max_tokens
        if second is None or asked.texts["text_pair"][index].isspace():
            length, room = len(first), limit - special.single_length
            sequence = special.single(first[:room])
        else:
            length, room = len(first) + len(second), limit - special.pair_length
            half = room // 2 if len(first) <= len(second) else room - room // 2
            rooms = max(half, room - len(second)), max(room - half, room - len(first))
            sequence = special.pair(first[: rooms[0]], second[: rooms[1]])
        problem = None
        if length > room and not asked.truncate:
            length += limit - room
            problem = f"is {length} tokens long and the model reads {limit}; shorten it or allow 'truncate'."
        elif not len(sequence):
            problem = "holds nothing that the model can read; leave it out."
        if problem:
            raise InvalidRequest(f"'text[{index}]' {problem}", param="text", item=index)
        return sequence, length > room

    def _rank(self, logits: Floats, asked: Request) -> list[Label]:
        scores = apply(asked.function_to_apply or self._function, logits)
        best_first = np.argsort(-scores, kind="stable")[: asked.top_k]
        return [{"label": self._labels[i], "score": float(scores[i])} for i in best_first]


def apply(function: Function, logits: Floats) -> Floats:
    """Make scores of logits, each (labels,)."""
    scores: Floats = logits
    if function == "softmax":
        powers = np.exp(logits - logits.max())
        scores = powers / powers.sum()
    elif function == "sigmoid":
        scores = np.exp(-np.logaddexp(0, -logits))
    return scores
