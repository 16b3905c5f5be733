"""Judges documents by a query with any cross-encoder: texts to pairs, one logit a pair. It knows no runtime.

A pair that is too long is cut as transformers cuts it (`longest_first`). A long document is read in windows, of which
the best counts, as https://docs.cohere.com/docs/reranking-best-practices has it, and Dai and Callan's MaxP before
(https://arxiv.org/abs/1905.09217).
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.rerank.request import Reply, Request
from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.encoder import Encoder, SpecialTokens, Tokens
from shared.encoder.tokens import Ints
from shared.encoder.windows import default_overlap, windows
from shared.errors import InvalidRequest
from shared.manifest import Manifest
from shared.request import Direction

# Tokens that two windows share: a passage of this length stands whole in one of them.
OVERLAP_TOKENS = 64


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The sequences in which a document is read; `is_cut` says that not all of it and the query is in them."""

    sequences: list[Tokens]
    is_cut: bool


class Model:
    """An encoder that gives one logit a sequence; see `shared.contract.Model`."""

    def __init__(self, encoder: Encoder, manifest: Manifest) -> None:
        self._encoder = encoder

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Judge a request's documents. Raises InvalidRequest."""
        asked = Request.parse(request)
        began = time.perf_counter()
        query, *documents = self._encoder.read_ids([asked.query, *asked.documents], deadline)
        layout = Layout(asked, query, self._encoder)
        readings = [layout.read(index, document) for index, document in enumerate(documents)]
        tokenized = time.perf_counter()
        scores = self._judge(readings, deadline)
        tokens = [sum(map(len, reading.sequences)) for reading in readings]
        result: Reply = {
            "scores": (scores if asked.raw_scores else sigmoid(scores)).tolist(),
            "tokens": tokens,
        }
        return Inference(
            result=result,
            tokens=sum(tokens),
            truncated=sum(reading.is_cut for reading in readings),
            ms={"tokenize": (tokenized - began) * 1000, "model": (time.perf_counter() - tokenized) * 1000},
        )

    def _judge(self, readings: list[Reading], deadline: Deadline) -> NDArray[np.float64]:
        """Run the network on all sequences; return the best logit of each reading, (readings,)."""
        owners = [index for index, reading in enumerate(readings) for _ in reading.sequences]
        sequences = [sequence for reading in readings for sequence in reading.sequences]
        best = np.full(len(readings), -np.inf)
        for index, (logits,) in self._encoder.run(sequences, deadline):
            # np.maximum hands on what is not a number; a comparison would lose it.
            best[owners[index]] = np.maximum(best[owners[index]], logits[0])
        return best


class Layout:
    """How the query and each document of one request share the tokens that the network reads at once."""

    def __init__(self, asked: Request, query: Ints, encoder: Encoder) -> None:
        self._asked = asked
        self._query = query
        self._special: SpecialTokens = encoder.special_tokens
        self._length = encoder.max_tokens

    def read(self, index: int, document: Ints) -> Reading:
        """Pair the query with a document, in as many windows as the request allows. Raises InvalidRequest."""
        asked, end = self._asked, self._asked.truncation_direction
        part = document if asked.max_tokens is None else cut(document, asked.max_tokens, end)
        room = self._length - self._special.pair_length
        query = cut(self._query, query_room(len(self._query), len(part), room), end)
        room -= len(query)
        overlap = default_overlap(self._length, room, OVERLAP_TOKENS) if len(part) > room else 0
        if asked.max_windows is not None:
            part = cut(part, room + (asked.max_windows - 1) * (room - overlap), end)
        is_cut = len(part) < len(document) or len(query) < len(self._query)
        if is_cut and not asked.truncate:
            raise self._refusal(index, document)
        cuts = windows(len(part), room, overlap)
        return Reading(sequences=[self._special.pair(query, part[one]) for one in cuts], is_cut=is_cut)

    def _refusal(self, index: int, document: Ints) -> InvalidRequest:
        problem = f"has {len(document)} tokens and the query {len(self._query)}, more than are read; shorten them"
        return InvalidRequest(f"'documents[{index}]' {problem} or allow 'truncate'.", param="documents", item=index)


def query_room(query: int, document: int, room: int) -> int:
    """Return how many of `query` tokens are read beside `document` tokens where `room` are left for both.

    The shorter of the two keeps up to half, and the longer what the shorter leaves.
    """
    return max(room // 2 if query <= document else room - room // 2, room - document)


def cut(ids: Ints, limit: int, end: Direction) -> Ints:
    """Cut ids to at most `limit`, at their left or right end."""
    if len(ids) <= limit:
        return ids
    return ids[:limit] if end == "right" else ids[-limit:]


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-logit)) for each logit, without overflow."""
    probabilities: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -logits))
    return probabilities
