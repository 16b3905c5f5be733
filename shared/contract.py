"""What a model is to the platform: load once, infer many times. Standard library only; it knows no transport."""

import importlib
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from shared.errors import Timeout
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


@dataclass(frozen=True)
class Deadline:
    """The moment by which a request is answered or given up, in seconds of `time.monotonic`."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline that is so many seconds away."""
        return cls(time.monotonic() + seconds)

    def remaining_s(self) -> float:
        """Return the seconds left, below 0 when it has passed."""
        return self.at_s - time.monotonic()

    def check(self) -> None:
        """Raise `shared.errors.Timeout` when the deadline has passed."""
        if self.remaining_s() < 0:
            raise Timeout("The deadline passed while the model worked. Send fewer or shorter texts in one request.")


NO_DEADLINE = Deadline(math.inf)


class Model(Protocol):
    """A loaded model, such as `services.embeddings.model.Model`. One instance serves one request at a time."""

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Answer one request of the service's task.

        Raises `shared.errors.InvalidRequest`; Timeout or TooLarge when the deadline cannot be kept.
        """


def load(directory: Path, threads: int) -> Model:
    """Load the artifact in `directory`, to run on `threads` CPU threads.

    Its manifest says which service and runtime it is for, and only their modules are imported. Raises FileNotFoundError
    for a folder without a manifest, and ModuleNotFoundError for a service or runtime that is not there.
    """
    return open_model(directory, Manifest.read(directory), threads)


def open_model(directory: Path, manifest: Manifest, threads: int) -> Model:
    """Load the files in `directory` as the model that `manifest` describes; see `load`."""
    encoder = importlib.import_module("shared.encoder").Encoder.open(directory, manifest, threads)
    model: Model = importlib.import_module(f"services.{manifest.service}.model").Model(encoder, manifest)
    return model
