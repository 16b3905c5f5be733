"""The model on onnxruntime: what production serves."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from services.question_answering.engine import Engine, Run, Settings, Windows
from services.session import Sessions, open_artifact
from shared.contract import Inference
from shared.manifest import Manifest

Ints = NDArray[np.int64]
Logits = NDArray[np.float32]


class Model:
    """An exported extractive model; `shared.contract.Model`."""

    def __init__(self, directory: Path, threads: int) -> None:
        session, tokenizer = open_artifact(directory, threads)
        self._sessions = Sessions(directory, threads, session)
        self._inputs = {node.name for node in session.get_inputs()}
        self._engine = Engine(tokenizer, self._each, Settings.of(Manifest.read(directory)))

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Model":
        return cls(directory, threads)

    def infer(self, request: dict[str, Any]) -> Inference:
        return self._engine.answer(request)

    def unload(self) -> None:
        del self._engine, self._sessions

    def _each(self, work: Callable[[Run, Windows], None], batches: Sequence[Windows]) -> None:
        self._sessions.each(lambda session, windows: work(partial(self._run, session), windows), batches)

    def _run(self, session: InferenceSession, ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        known = {name: value for name, value in feeds.items() if name in self._inputs}
        start, end = session.run(["start_logits", "end_logits"], known)
        return start, end
