"""The least that can be done with an artifact: tokenise, `session.run`. What the service takes more is its own cost."""

from pathlib import Path
from typing import Any

from benchmarks.side import Answer, Clock


def load(options: dict[str, Any], clock: Clock) -> Answer:
    """The artifact's graph and tokenizer, opened as the service opens them."""
    import numpy as np

    from shared.encoder.onnx import open_session
    from shared.encoder.tokenizer import open_tokenizer

    clock.lap("imports")
    directory = Path(options["artifact"])
    session = open_session(directory, options["threads"])
    clock.lap("session")
    tokenizer = open_tokenizer(directory)
    clock.lap("tokenizer")
    inputs = {node.name: np.int32 if node.type == "tensor(int32)" else np.int64 for node in session.get_inputs()}

    def answer(request: dict[str, Any]) -> Any:
        texts = (request["question"], request["context"]) if "context" in request else (request["input"],)
        encoding = tokenizer.encode(*(text[0] for text in texts))
        values = {
            "input_ids": encoding.ids,
            "attention_mask": [1] * len(encoding.ids),
            "token_type_ids": encoding.type_ids,
        }
        session.run(None, {name: np.array([values[name]], dtype=dtype) for name, dtype in inputs.items()})
        return None

    return answer
