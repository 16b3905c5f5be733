"""A vector that is no vector never leaves the container."""

import numpy as np
import pytest

from shared.encoder.batches import Feed
from shared.encoder.encoder import Floats
from shared.errors import ModelError
from tests.embeddings.fakes import DIMENSIONS, model


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("normalize", [True, False])
def test_a_number_that_is_not_finite_is_the_models_error(bad: float, normalize: bool) -> None:
    def vectors_ending_in(last: float, feed: Feed) -> list[Floats]:
        vectors = np.ones((*feed["input_ids"].shape, DIMENSIONS), dtype=np.float32)
        vectors[..., -1] = last
        return [vectors]

    request = {"input": ["a", "b"], "normalize": normalize}
    with pytest.raises(ModelError):
        model(lambda feed: vectors_ending_in(bad, feed)).infer(request)
    assert len(model(lambda feed: vectors_ending_in(0.0, feed)).infer(request).result["embeddings"]) == 2
