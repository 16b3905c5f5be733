"""A model that takes as long to load as the test lets it."""

import threading
from pathlib import Path
from typing import Any, Self

from shared.contract import Inference

LOADED = threading.Event()


class Model:
    @classmethod
    def load(cls, directory: Path, threads: int) -> Self:
        LOADED.wait(40)
        return cls()

    def infer(self, request: dict[str, Any]) -> Inference:
        return Inference(result={}, tokens=0)

    def unload(self) -> None:
        """Nothing was taken."""
