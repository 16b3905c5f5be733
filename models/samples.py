"""Makes what a graph is calibrated with: token ids of the shipped texts, one sequence each."""

from collections.abc import Iterable

import numpy as np

from models.quantize.observe import Feed
from shared.encoder.batches import INPUTS
from shared.encoder.tokens import Tokenizer


def feeds(tokenizer: Tokenizer, sequences: Iterable[tuple[str, ...]], max_tokens: int) -> list[Feed]:
    """Return the inputs for each sequence of one text or two, each (1, tokens), cut to `max_tokens`."""
    encodings = [tokenizer.encode(*texts) for texts in sequences]
    rows = [(encoding.ids, [1] * len(encoding.ids), encoding.type_ids) for encoding in encodings]
    return [
        {name: np.array([values[:max_tokens]], dtype=np.int64) for name, values in zip(INPUTS, row, strict=True)}
        for row in rows
    ]
