"""A vector that is no vector never leaves the container."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.embeddings.model import Model
from shared.errors import ModelError
from tests.shared.manifests import UNBUILT

CONFIG = {"pooling": "mean", "normalize": False, "prompts": {}, "default_prompt_name": None}


class FakeEncoder:
    """Reads two tokens of every text, and gives all of them the same vector."""

    max_tokens = 8
    vocabulary = 10

    def __init__(self, vector: list[float]) -> None:
        self._vector = vector

    class special_tokens:  # an attribute of the encoder
        single_length = 0

        @staticmethod
        def single(ids: Any) -> Any:
            return ids

    def read_ids(self, texts: Sequence[str], deadline: Any) -> list[Any]:
        return [np.array([1, 2]) for _ in texts]

    def run(self, sequences: Sequence[Any], deadline: Any) -> Iterator[tuple[int, list[Any]]]:
        for index, sequence in enumerate(sequences):
            yield index, [np.array([self._vector] * len(sequence), dtype=np.float32)]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("normalize", [True, False])
def test_a_number_that_is_not_finite_is_the_models_error(bad: float, normalize: bool) -> None:
    manifest = replace(UNBUILT, service="embeddings", dimensions=2, config=CONFIG)
    request = {"input": ["a", "b"], "normalize": normalize}
    with pytest.raises(ModelError):
        Model(FakeEncoder([1.0, bad]), manifest).infer(request)  # type: ignore[arg-type]
    assert Model(FakeEncoder([1.0, 0.0]), manifest).infer(request).tokens == 4  # type: ignore[arg-type]
