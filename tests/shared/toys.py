"""Toy models that drive the entry point: quick, slow, broken. Each counts what was asked of it."""

import threading
from pathlib import Path
from typing import Any, ClassVar

from shared.contract import Inference
from shared.errors import InvalidRequest


class Echo:
    """Answers with the length of each text; a text `refuse` or `crash` does as it says."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, directory: Path, threads: int) -> None:
        self._facts = {"directory": str(directory), "threads": threads}

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Echo":
        return cls(directory, threads)

    def infer(self, request: dict[str, Any]) -> Inference:
        self.asked.append(request)
        texts = request["input"]
        if "refuse" in texts:
            raise InvalidRequest("'input[0]' is not wanted.", param="input")
        if "crash" in texts:
            raise ValueError(f"cannot read {texts}")
        lengths = [len(text) for text in texts]
        return Inference(
            result={"lengths": lengths, **self._facts}, tokens=sum(lengths), truncated=1, ms={"infer": 1.5}
        )

    def unload(self) -> None:
        self._facts = {}


class Gated(Echo):
    """Loads only once the test opens the gate."""

    gate: ClassVar[threading.Event] = threading.Event()
    loads: ClassVar[int] = 0

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Gated":
        Gated.loads += 1
        cls.gate.wait(30)
        return cls(directory, threads)


class Unloadable(Echo):
    """Cannot be loaded."""

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Unloadable":
        raise OSError("model.onnx is damaged")


class Quitter(Echo):
    """Ends its thread while it loads, as `sys.exit` in a library would."""

    @classmethod
    def load(cls, directory: Path, threads: int) -> "Quitter":
        raise SystemExit(3)


class GatedUnloadable(Gated):
    """Fails to load once the test opens the gate."""

    @classmethod
    def load(cls, directory: Path, threads: int) -> "GatedUnloadable":
        cls.gate.wait(30)
        raise OSError("model.onnx is damaged")
