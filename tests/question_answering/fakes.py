"""A model without a network: logits that depend on nothing but each token, and on how far it stands in its window."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from services.question_answering.engine import Engine, Ints, Logits, Run, Settings, in_turn
from tests.question_answering.golden import tiny

# One for each kind of tokenizer.
TOKENIZERS = {"wordpiece": "bert", "unigram": "xlm-roberta", "unigram-lower": "albert", "byte-bpe": "roberta"}


def tokenizer(name: str) -> Tokenizer:
    """A tiny tokenizer, by the name of its file."""
    return Tokenizer.from_file(str(tiny.FOLDER / "tokenizers" / f"{name}.json"))


def pad_id(name: str) -> int:
    """Its padding token."""
    return int(tiny.FAMILIES[TOKENIZERS[name]].config["pad_token_id"])


def by_token(ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
    """Every token has its own start and end logit, whatever stands beside it."""
    starts, ends = (np.random.default_rng(seed).normal(0, 3, 4096).astype(np.float32) for seed in (1, 2))
    return starts[ids], ends[ids]


def asked_for(wanted: set[int]) -> Run:
    """Tokens of `wanted` begin and end the answer."""

    def run(ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        logits = np.where(np.isin(ids, list(wanted)), 9.0, 0.0).astype(np.float32)
        return logits, logits

    return run


def engine(name: str = "wordpiece", run: Run = by_token, threshold: float = 0.5, max_tokens: int = 128) -> Engine:
    """An engine over a tiny tokenizer."""
    settings = Settings(max_tokens=max_tokens, pad_token_id=pad_id(name), no_answer_threshold=threshold)
    return Engine(tokenizer(name), in_turn(run), settings)


def vocabulary(name: str) -> dict[str, int]:
    """Ids by token."""
    content: dict[str, Any] = json.loads(tokenizer(name).to_str())
    found = content["model"]["vocab"]
    return found if isinstance(found, dict) else {piece: i for i, (piece, _) in enumerate(found)}


Answering = Callable[..., dict[str, Any]]


def answering(**options: Any) -> Answering:
    """A function from question, context and request options to the engine's result."""
    made = engine(**options)

    def answer(question: str, context: str, **fields: Any) -> dict[str, Any]:
        result: dict[str, Any] = made.answer({"question": [question], "context": [context], **fields}).result
        only: dict[str, Any] = result["results"][0]
        return only

    return answer
