"""A job: all that one artifact is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from models.checkpoint import Configuration
from models.graph import EXTERNAL_BYTES
from models.service import Build, Facts
from models.sources import Found
from models.texts import Paragraph
from shared.catalog import Catalog, CatalogError, Spec


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that an artifact is made from.

    `checkpoint` holds the files of `found`. Every sixth of `texts` calibrates, the others judge. `request` is the
    example, as the model is sent it. From `external_bytes` on weights lie beside the graphs in between, too.
    """

    catalog: Catalog
    spec: Spec
    found: Found
    checkpoint: Path
    build: Build
    texts: Sequence[Paragraph]
    request: dict[str, Any]
    external_bytes: int = EXTERNAL_BYTES

    @property
    def calibrating(self) -> list[Paragraph]:
        """The texts that quantization may look at."""
        return list(self.texts[3::6])

    @property
    def judging(self) -> list[Paragraph]:
        """The texts that the gate measures on, none of which quantization has seen."""
        return [text for index, text in enumerate(self.texts) if index % 6 != 3]

    def error(self, field: str, problem: str) -> CatalogError:
        """Return an error about a field of this entry."""
        return CatalogError(self.catalog.path, self.spec.id, field, problem)

    @cached_property
    def facts(self) -> Facts:
        """The task's facts of the checkpoint. Raises CatalogError for one that cannot be served."""
        try:
            return self.build.facts(self.checkpoint)
        except ValueError as error:
            raise self.error("source", f"cannot be served ({error}); name another checkpoint.") from None

    @cached_property
    def configuration(self) -> Configuration:
        """The checkpoint's configuration files."""
        return Configuration.read(self.checkpoint)
