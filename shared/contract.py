"""What a model is to the platform: load once, infer many times. Standard library only; it knows no transport."""

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from shared.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Inference:
    """One answered request.

    `result` is the service's reply, ready for JSON. `tokens` counts the tokens the model read, padding excluded;
    `truncated` counts the items whose end it did not read. `ms` gives the milliseconds of each phase.
    """

    result: Any
    tokens: int
    truncated: int = 0
    ms: dict[str, float] = field(default_factory=dict)


class Model(Protocol):
    """A loaded model, such as `services.embeddings.model.Model`. One instance serves one request at a time."""

    def infer(self, request: dict[str, Any]) -> Inference:
        """Answer one request of the service's task. Raises `shared.errors.InvalidRequest`."""


def load(directory: Path, threads: int) -> Model:
    """Load the artifact in `directory`, to run on `threads` CPU threads.

    Its manifest says which service and runtime it is for, and only their modules are imported. Raises FileNotFoundError
    for a folder without a manifest, and ModuleNotFoundError for a service or runtime that is not there.
    """
    manifest = Manifest.read(directory)
    encoder = importlib.import_module("shared.encoder").Encoder.open(directory, manifest, threads)
    model: Model = importlib.import_module(f"services.{manifest.service}.model").Model(encoder, manifest)
    return model
