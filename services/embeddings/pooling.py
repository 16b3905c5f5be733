"""From token vectors to a text's vector, as sentence-transformers does it, and on to the reply. Numpy only.

Pooling: https://github.com/huggingface/sentence-transformers, sentence_transformer/modules/pooling.py
"""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.embeddings.request import Request
from services.embeddings.settings import Pooling
from services.embeddings.tokens import Tokens

Floats = NDArray[np.float32]
# What torch.nn.functional.normalize divides by at least.
SMALLEST_LENGTH = 1e-12


def pool(tokens: Floats, pooling: Pooling) -> Floats:
    """One text's vector, (dimensions), of its token vectors, (tokens, dimensions) without padding."""
    pooled: Floats
    match pooling:
        case "mean":
            pooled = tokens.mean(axis=0)
        case "cls":
            pooled = tokens[0]
        case "lasttoken":
            pooled = tokens[-1]
    return pooled


def finish(vectors: Floats, request: Request) -> Floats:
    """Shorten pooled vectors, (texts, dimensions), to the size asked for; then bring them to unit length, if asked."""
    vectors = vectors[:, : request.dimensions]
    if not request.normalize:
        return vectors
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, np.float32(SMALLEST_LENGTH))
    return unit


def reply(vectors: Floats, tokens: Tokens) -> dict[str, Any]:
    """The service's result: each vector as base64 of its little-endian float32."""
    rows = np.ascontiguousarray(vectors, dtype="<f4")
    return {
        "embeddings": [base64.b64encode(row.data).decode("ascii") for row in rows],
        "dimensions": rows.shape[1],
        "tokens": tokens.lengths,
    }


def vectors(result: dict[str, Any]) -> Floats:
    """The vectors of a `reply`, (texts, dimensions)."""
    rows = [np.frombuffer(base64.b64decode(row), dtype="<f4") for row in result["embeddings"]]
    return np.stack(rows)
