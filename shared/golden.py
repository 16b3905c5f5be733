"""Whether a model gives the answer that its artifact gave when it was built. Standard library only; knows no service.

The same int8 graph answers slightly differently on processors of another kind, so numbers and vectors are compared
with a tolerance, and everything else exactly.
"""

import array
import base64
import math
import sys
from typing import Any

NUMBER_TOLERANCE = 0.1
LEAST_COSINE = 0.97
# The field whose strings are vectors: base64 of little-endian float32.
VECTORS = "embeddings"


def difference(golden: Any, answer: Any, place: str = "result") -> str | None:
    """Where `answer` differs from `golden`, as the rest of a sentence; None when it does not."""
    if isinstance(golden, dict) and isinstance(answer, dict) and golden.keys() == answer.keys():
        return _first(difference(golden[key], answer[key], f"{place}.{key}") for key in golden)
    if isinstance(golden, list) and isinstance(answer, list) and len(golden) == len(answer):
        pairs = enumerate(zip(golden, answer, strict=True))
        return _first(difference(one, other, f"{place}[{i}]") for i, (one, other) in pairs)
    if isinstance(golden, float) and isinstance(answer, float | int) and not isinstance(answer, bool):
        near = abs(golden - answer) <= NUMBER_TOLERANCE
        return None if near else f"{place} is {answer:.4g} instead of {golden:.4g}"
    if isinstance(golden, str) and isinstance(answer, str) and VECTORS in place:
        alike = cosine(golden, answer)
        return None if alike >= LEAST_COSINE else f"{place} has a cosine of {alike:.4f} with the golden vector"
    return None if type(golden) is type(answer) and golden == answer else f"{place} differs from the golden answer"


def _first(problems: Any) -> str | None:
    return next((problem for problem in problems if problem), None)


def _vector(text: str) -> "array.array[float]":
    vector = array.array("f", base64.b64decode(text))
    if sys.byteorder == "big":
        vector.byteswap()
    return vector


def cosine(golden: str, answer: str) -> float:
    """Return the cosine of two vectors as they travel, 0 where there is none."""
    one, other = _vector(golden), _vector(answer)
    if len(one) != len(other):
        return 0.0
    norms = math.hypot(*one) * math.hypot(*other)
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return dot / norms if norms and math.isfinite(norms) else 0.0
