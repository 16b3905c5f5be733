"""Sentence embeddings on onnxruntime: tokenise, pack, run, pool."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.embeddings.pooling import Floats, finish, pool, reply
from services.embeddings.request import Request
from services.embeddings.settings import Settings
from services.embeddings.tokens import Frame, Tokens, fit, pack
from services.session import Sessions, open_artifact
from shared.contract import Inference
from shared.manifest import Manifest

# Short texts share a run up to this many tokens: past it a CPU gains nothing and its caches lose.
TOKENS_PER_RUN = 256


class Model:
    """An embedding artifact of the onnx runtime."""

    def __init__(self, directory: Path, threads: int) -> None:
        self._settings = Settings.of(Manifest.read(directory))
        session, tokenizer = open_artifact(directory, threads, lowercase=self._settings.lowercase)
        self._sessions = Sessions(directory, threads, session)
        self._tokenizer = tokenizer
        self._inputs = {i.name: np.int32 if i.type == "tensor(int32)" else np.int64 for i in session.get_inputs()}
        sample = tokenizer.encode("a")
        self._frame = Frame.of(sample.ids, sample.special_tokens_mask)

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Model":
        """Open the artifact's graph and tokenizer."""
        return cls(directory, threads)

    def infer(self, request: dict[str, Any]) -> Inference:
        """Embed a request's texts. Raises InvalidRequest."""
        asked = Request.parse(request, self._settings)
        began = time.perf_counter()
        encodings = self._tokenizer.encode_batch_fast(asked.texts, add_special_tokens=False)
        tokens = fit([e.ids for e in encodings], self._frame, self._settings.max_tokens, asked)
        tokenized = time.perf_counter()
        result = reply(finish(self._embed(tokens), asked), tokens)
        ms = {"tokenize": (tokenized - began) * 1000, "infer": (time.perf_counter() - tokenized) * 1000}
        return Inference(result=result, tokens=sum(tokens.lengths), truncated=tokens.truncated, ms=ms)

    def unload(self) -> None:
        """Drop graph and tokenizer."""
        del self._sessions, self._tokenizer

    def _embed(self, tokens: Tokens) -> Floats:
        # Activations quantized together would make a text's vector depend on the texts beside it: those run alone.
        budget = TOKENS_PER_RUN if self._settings.exact else 0
        vectors = np.empty((len(tokens.ids), self._settings.dimensions), dtype=np.float32)

        def embed(session: onnxruntime.InferenceSession, run: list[int]) -> None:
            ids = [tokens.ids[index] for index in run]
            hidden = session.run(None, self._feed(ids))[0]
            for index, text, row in zip(run, ids, hidden, strict=True):
                vectors[index] = pool(row[: len(text)], self._settings.pooling)

        self._sessions.each(embed, pack(tokens.lengths, budget)[::-1])  # the longest first: the last ones end together
        return vectors

    def _feed(self, texts: list[list[int]]) -> dict[str, NDArray[Any]]:
        """What the graph takes, each (texts, longest), padded on the right."""
        shape = (len(texts), max(map(len, texts)))
        ids = np.full(shape, self._settings.pad_token_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros(shape, dtype=np.int64)}
        return {name: feed[name].astype(dtype, copy=False) for name, dtype in self._inputs.items()}
