"""Embeddings models without a network: every token has its own vector, whatever stands beside it."""

from typing import Any

import numpy as np
from tokenizers import Tokenizer

from services.embeddings.model import Model
from shared.encoder import Encoder
from shared.encoder.encoder import Floats
from tests.encoder import fakes
from tests.encoder.fakes import FakeNetwork, Run

DIMENSIONS = 4
OUTPUTS = {"last_hidden_state": "token"}
VECTORS = fakes.by_token(labels=DIMENSIONS)
CONFIG = {
    "pooling": "mean",
    "normalize": True,
    "prompts": {"query": "who ", "passage": ""},
    "default_prompt_name": None,
}


def model(
    run: Run | FakeNetwork = VECTORS, *, tokenizer: Tokenizer | None = None, max_tokens: int = 8, **config: Any
) -> Model:
    """Return a model over the tiny WordPiece tokenizer, or another; `config` replaces entries of CONFIG."""
    network = run if isinstance(run, FakeNetwork) else FakeNetwork(run)
    facts: dict[str, Any] = {
        "outputs": OUTPUTS,
        "max_tokens": max_tokens,
        "dimensions": DIMENSIONS,
        "config": {**CONFIG, **config},
    }
    manifest = fakes.manifest(**facts)
    return Model(Encoder(tokenizer or fakes.tokenizer(), network, manifest), manifest)


def token_vectors(ids: list[int]) -> Floats:
    """Return the vectors that the fake network has for tokens, (tokens, dimensions)."""
    (vectors,) = VECTORS({"input_ids": np.array([ids])})
    found: Floats = vectors[0]
    return found
