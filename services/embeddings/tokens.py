"""The tokens of texts: what callers send as ids, and what a model's tokenizer makes of texts and ids."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.embeddings.request import Reply, Request
from shared.contract import Deadline, Inference
from shared.encoder import Encoder
from shared.encoder.tokens import Ints
from shared.errors import InvalidRequest


def read_items(asked: Request, vocabulary: int) -> list[str | Ints]:
    """Return each text, or the token ids in its place. Raises InvalidRequest."""
    if not asked.is_json:
        return list(asked.input)
    return [_read(index, item, vocabulary) for index, item in enumerate(asked.input)]


def _read(index: int, item: str, vocabulary: int) -> str | Ints:
    try:
        value = json.loads(item)
    except ValueError:
        value = None
    if isinstance(value, str) and value:
        return value
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        problem = "must be JSON: a string or a list of token ids."
        raise InvalidRequest(f"'input[{index}]' {problem}", param="input", item=index)
    if not value or min(value) < 0 or max(value) >= vocabulary:
        problem = f"must hold token ids of the model's own vocabulary, 0 to {vocabulary - 1}."
        raise InvalidRequest(f"'input[{index}]' {problem}", param="input", item=index)
    return np.array(value, dtype=np.int64)


def answer(asked: Request, prompt: str, encoder: Encoder, deadline: Deadline) -> Inference:
    """Tokenize texts, or decode ids. Raises InvalidRequest, or Timeout."""
    texts, lengths = [], []
    for item in read_items(asked, encoder.vocabulary):
        deadline.check()
        pieces = _pieces(prompt + item, asked.special_tokens, encoder) if isinstance(item, str) else []
        text = json.dumps(pieces, ensure_ascii=False, separators=(",", ":"))
        if not isinstance(item, str):
            text = encoder.decode(item.tolist(), skip_special_tokens=not asked.special_tokens)
        texts.append(text)
        lengths.append(len(pieces) or len(item))
    result: Reply = {"tokens": lengths, "texts": texts}
    return Inference(result=result, tokens=sum(lengths))


def _pieces(text: str, special_tokens: bool, encoder: Encoder) -> list[dict[str, Any]]:
    """Return a text's tokens as TEI lists them: offsets are in UTF-8 bytes, and a special token has none."""
    read = encoder.read(text, special_tokens=special_tokens)
    at_byte = _byte_offsets(text)
    rows = zip(read.ids, read.tokens, read.special_tokens_mask, read.offsets, strict=True)
    return [
        {"id": number, "text": token, "special": True, "start": None, "stop": None}
        if special
        else {"id": number, "text": text[a:b], "special": False, "start": at_byte[a], "stop": at_byte[b]}
        for number, token, special, (a, b) in rows
    ]


def _byte_offsets(text: str) -> Sequence[int]:
    """Return for each code point of a text, and for its end, the byte at which it begins in UTF-8."""
    if text.isascii():
        return range(len(text) + 1)
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    widths = 1 + (points > 0x7F) + (points > 0x7FF) + (points > 0xFFFF)
    offsets: list[int] = np.concatenate(([0], np.cumsum(widths))).tolist()
    return offsets
