"""The model on onnxruntime: what production serves."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.question_answering.engine import Engine, Settings
from services.session import open_artifact
from shared.contract import Inference
from shared.manifest import Manifest

Ints = NDArray[np.int64]
Logits = NDArray[np.float32]


class Model:
    """An exported extractive model; `shared.contract.Model`."""

    def __init__(self, directory: Path, threads: int) -> None:
        self._session, tokenizer = open_artifact(directory, threads)
        self._inputs = {node.name for node in self._session.get_inputs()}
        settings = Settings.of(Manifest.read(directory))
        self._engine = Engine(tokenizer, self._run, settings)

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Model":
        return cls(directory, threads)

    def infer(self, request: dict[str, Any]) -> Inference:
        return self._engine.answer(request)

    def unload(self) -> None:
        del self._engine, self._session

    def _run(self, ids: Ints, mask: Ints, types: Ints) -> tuple[Logits, Logits]:
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        known = {name: value for name, value in feeds.items() if name in self._inputs}
        start, end = self._session.run(["start_logits", "end_logits"], known)
        return start, end
