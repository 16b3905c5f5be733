"""What the pipeline asks of a service: its `build.py`, and its two model modules."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from shared.contract import Model
from shared.manifest import Facts


class Paragraph(Protocol):
    """A text in one language and questions that it answers: what artifacts are measured on (`models.texts`)."""

    @property
    def language(self) -> str: ...
    @property
    def paragraph(self) -> str: ...
    @property
    def questions(self) -> Sequence[str]: ...
    @property
    def texts(self) -> Sequence[str]: ...


class Build(Protocol):
    """A service's `build.py`, a module of these names. It may import anything; no image holds it."""

    # The default thresholds of the quality gate, by name. An entry's `gate` replaces single ones.
    GATE: dict[str, float]

    def facts(self, checkpoint: Path) -> Facts:
        """What the checkpoint's configuration files say; no weights loaded. Raises ValueError when it is not served."""

    def export(self, checkpoint: Path, directory: Path) -> dict[str, Any]:
        """Write float32 `model.onnx` into `directory`, batch and sequence dynamic, weights past 2 GB beside it.

        Exported with the TorchScript exporter, whose patterns onnxruntime's fusions look for. Returns what it did.
        """

    def sequences(self, texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
        """What the model reads of `texts`, each sequence as the one or two texts that its tokenizer is given."""

    def calibrate(self, reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
        """Manifest configuration that is measured on the float model; empty when there is none."""

    def quality(self, reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
        """How near `candidate` is to the float `reference`: the figures that `GATE` names, and informative ones."""

    def failures(self, quality: dict[str, float], thresholds: dict[str, float]) -> list[str]:
        """One sentence, with the numbers, for each figure that misses its threshold."""

    def example(self, native: dict[str, Any]) -> dict[str, Any]:
        """The service's request for a native single-item request body."""


def build_of(service: str) -> Build:
    """The `build.py` of a service."""
    return cast(Build, importlib.import_module(f"services.{service}.build"))


def model_of(service: str, runtime: str) -> type[Model]:
    """The class that loads a service's artifacts of a runtime, `onnx` or `torch`."""
    return cast(type[Model], importlib.import_module(f"services.{service}.{runtime}_model").Model)
