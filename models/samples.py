"""What a graph is calibrated with: token ids of the shipped texts, as one sequence each."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from models.quantize.observe import Feed
from models.tokenizer import FILE_NAME


def feeds(directory: Path, sequences: Iterable[tuple[str, ...]], max_tokens: int) -> list[Feed]:
    """The inputs for each sequence of one text or two, cut to `max_tokens`, by the tokenizer in `directory`."""
    tokenizer = Tokenizer.from_file(str(directory / FILE_NAME))
    encodings = [tokenizer.encode(texts[0], texts[1] if texts[1:] else None) for texts in sequences]
    return [
        {
            "input_ids": _row(encoding.ids[:max_tokens]),
            "attention_mask": _row(encoding.attention_mask[:max_tokens]),
            "token_type_ids": _row(encoding.type_ids[:max_tokens]),
        }
        for encoding in encodings
    ]


def _row(values: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.array([values], dtype=np.int64)
