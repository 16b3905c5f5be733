"""What a model is to the platform: load once, infer many times. Standard library only; knows no transport."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self


@dataclass(frozen=True, kw_only=True)
class Inference:
    """One answered request.

    `result` is the service's reply, JSON-able. `tokens` counts the tokens the model read, padding excluded; `truncated`
    the items whose end it did not read. `ms` gives the milliseconds each phase took.
    """

    result: dict[str, Any]
    tokens: int
    truncated: int = 0
    ms: dict[str, float] = field(default_factory=dict)


class Model(Protocol):
    """A loaded model. One instance serves one request at a time."""

    @classmethod
    def load(cls, directory: Path, threads: int) -> Self:
        """Load the artifact in `directory` (see `shared.manifest`), to run on `threads` CPU threads."""

    def infer(self, request: dict[str, Any]) -> Inference:
        """Answer one request of the service's task; its fields are lists. Raises `shared.errors.InvalidRequest`."""

    def unload(self) -> None:
        """Release what `load` took. The instance is of no use afterwards."""
