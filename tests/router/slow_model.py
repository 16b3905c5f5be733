"""A model that takes as long to load as the test lets it."""

import threading
from pathlib import Path
from typing import Any

from shared.contract import NO_DEADLINE, Deadline, Inference

LOADED = threading.Event()


class Model:
    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        return Inference(result={}, tokens=0)


def load(directory: Path, threads: int) -> Model:
    LOADED.wait(40)
    return Model()
