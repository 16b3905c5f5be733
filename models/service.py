"""The contract between the pipeline and a task: its `build.py`. It knows no task by name."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from models.texts import Paragraph
from shared.contract import Model


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts that a checkpoint's configuration files state. The fields are those of `shared.manifest.Manifest`."""

    max_tokens: int
    pad_token_id: int
    dimensions: int | None = None
    lowercase: bool = False
    config: dict[str, Any] = field(default_factory=dict)


class Build(Protocol):
    """A task's `build.py`, a module of these names. It may import anything; no image holds it."""

    @property
    def AUTO_CLASS(self) -> str:
        """The class that opens a checkpoint, such as AutoModelForQuestionAnswering (see `shared.encoder.torch`)."""

    @property
    def OUTPUTS(self) -> dict[str, str]:
        """The fields of the network's output that the task reads; for each "token" or "sequence" (see Manifest)."""

    @property
    def GATE(self) -> dict[str, float]:
        """The default thresholds of the quality gate, by figure. An entry's `gate` replaces single ones.

        A figure whose name ends in `_drift` must be at most its threshold, every other at least.
        """

    def facts(self, checkpoint: Path) -> Facts:
        """Return what the checkpoint's files say; `models.checkpoint` reads what all tasks need.

        Loads no weights. Raises ValueError, with the end of the sentence "cannot be served (...)".
        """

    def sequences(self, texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
        """Return what the model reads of `texts`: each sequence as the one or two texts its tokenizer is given."""

    def calibrate(self, reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
        """Return the manifest configuration that is measured on the float model; empty when there is none."""

    def quality(self, reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
        """Measure how near `candidate` is to the float `reference`: the figures of `GATE`, and informative ones."""


def build_of(service: str) -> Build:
    """Return the `build.py` of a service."""
    return cast(Build, importlib.import_module(f"services.{service}.build"))
