"""Question-answering models without a network: their logits follow from each token, and from where it stands."""

from collections.abc import Callable
from typing import Any

import numpy as np

from services.question_answering.model import Model
from shared.encoder.batches import Feed
from shared.encoder.encoder import Floats
from tests.encoder import fakes
from tests.encoder.fakes import FakeNetwork, Run

OUTPUTS = {"start_logits": "token", "end_logits": "token"}
BY_TOKEN = fakes.by_token(outputs=2)


def asked_for(wanted: set[int]) -> Run:
    """Return a network for which the tokens of `wanted` begin and end the answer."""

    def run(feed: Feed) -> list[Floats]:
        logits = np.where(np.isin(feed["input_ids"], list(wanted)), 9.0, 0.0).astype(np.float32)
        return [logits, logits]

    return run


def model(
    name: str = "wordpiece", run: Run | FakeNetwork = BY_TOKEN, midpoint: float | None = None, **facts: Any
) -> Model:
    """Return a model over a tiny tokenizer; `facts` are its manifest's.

    `midpoint` is the logarithm of the odds at which no answer is as likely as an answer; None: it is not measured yet.
    """
    config = {} if midpoint is None else {"no_answer_slope": 1.0, "no_answer_midpoint": midpoint}
    manifest = fakes.manifest(name, outputs=OUTPUTS, config=config, **facts)
    return Model(fakes.encoder(run, name=name, outputs=OUTPUTS, **facts), manifest)


Answering = Callable[..., dict[str, Any]]


def answering(**options: Any) -> Answering:
    """Return a function from question, context and request options to the model's result."""
    made = model(**options)

    def answer(question: str, context: str, **fields: Any) -> dict[str, Any]:
        reply = made.infer({"question": [question], "context": [context], **fields}).result
        only: dict[str, Any] = reply["results"][0]
        return only

    return answer
