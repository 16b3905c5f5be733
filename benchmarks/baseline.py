"""The usual way, written anew: PyTorch in float32, the Auto classes of transformers, one request at a time.

Question answering takes the tokens from the most probable start to the most probable end, wherever they lie; embeddings
are `SentenceTransformer.encode`. Neither cuts long texts, checks a request or scores an answer.
"""

from pathlib import Path
from typing import Any, Protocol

import torch


class Baseline(Protocol):
    """One loaded checkpoint."""

    def answer(self, request: dict[str, Any]) -> Any:
        """Answer the first item of a request in the service's form."""


class Reader:
    """Question answering as it is usually done. `graded` keeps PyTorch's bookkeeping for gradients, as they do."""

    def __init__(self, checkpoint: Path, *, graded: bool) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self._graded = graded
        self._tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        self._model = AutoModelForQuestionAnswering.from_pretrained(checkpoint, dtype=torch.float32)

    def answer(self, request: dict[str, Any]) -> str:
        question, context = request["question"][0], request["context"][0]
        encoded = self._tokenizer(question, context, return_tensors="pt")
        with torch.inference_mode(not self._graded):
            output = self._model(**encoded)
        start, end = int(output.start_logits.argmax()), int(output.end_logits.argmax())
        tokens = encoded["input_ids"][0][start : end + 1]
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


class Embedder:
    """Sentence embeddings as they are usually made."""

    def __init__(self, checkpoint: Path, *, graded: bool) -> None:
        from sentence_transformers import SentenceTransformer

        self._graded = graded
        self._model = SentenceTransformer(str(checkpoint), device="cpu")

    def answer(self, request: dict[str, Any]) -> list[float]:
        with torch.inference_mode(not self._graded):
            vector = self._model.encode(request["input"][0], show_progress_bar=False)
        return [float(number) for number in vector]


BASELINES: dict[str, type[Reader] | type[Embedder]] = {"question_answering": Reader, "embeddings": Embedder}
