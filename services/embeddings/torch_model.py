"""Sentence embeddings by sentence-transformers itself: the reference that every onnx artifact is measured against."""

import time
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize
from transformers.utils import logging

from services.embeddings.pooling import finish, reply
from services.embeddings.request import Request
from services.embeddings.settings import Settings
from services.embeddings.tokens import Frame, fit
from shared.contract import Inference
from shared.manifest import Manifest


class Model:
    """An embedding artifact of the torch runtime: the checkpoint as it was published, and its manifest."""

    def __init__(self, settings: Settings, encoder: SentenceTransformer) -> None:
        self._settings = settings
        self._encoder = encoder
        self._tokenizer = encoder.tokenizer
        sample = self._tokenizer("a", return_special_tokens_mask=True)
        self._frame = Frame.of(sample["input_ids"], sample["special_tokens_mask"])

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Model":
        """Load the checkpoint in `directory`. Its own normalisation is left out, because a request may ask for none."""
        torch.set_num_threads(threads)
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        settings = Settings.of(Manifest.read(directory))
        published = SentenceTransformer(str(directory), device="cpu", local_files_only=True)
        encoder = SentenceTransformer(modules=[m for m in published if not isinstance(m, Normalize)], device="cpu")
        encoder.max_seq_length = settings.max_tokens
        return cls(settings, encoder)

    def infer(self, request: dict[str, Any]) -> Inference:
        """Embed a request's texts. Raises InvalidRequest."""
        asked = Request.parse(request, self._settings)
        began = time.perf_counter()
        ids = self._tokenizer(asked.texts, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
        tokens = fit(ids, self._frame, self._settings.max_tokens, asked)
        tokenized = time.perf_counter()
        self._tokenizer.truncation_side = asked.truncation_direction
        vectors = self._encoder.encode(asked.texts, show_progress_bar=False)
        result = reply(finish(vectors, asked), tokens)
        ms = {"tokenize": (tokenized - began) * 1000, "infer": (time.perf_counter() - tokenized) * 1000}
        return Inference(result=result, tokens=sum(tokens.lengths), truncated=tokens.truncated, ms=ms)

    def unload(self) -> None:
        """Drop the model."""
        del self._encoder, self._tokenizer
