"""What an artifact is made from, and the manifest that comes of it."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.digest import digests
from models.graph import EXTERNAL_BYTES
from models.service import Build, Paragraph, model_of
from models.sources import Found
from shared.catalog import Catalog, CatalogError, Spec
from shared.contract import Model
from shared.manifest import FILE_NAME as MANIFEST
from shared.manifest import Manifest

THREADS = os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that an artifact is made from.

    `checkpoint` holds the files of `found`. Every sixth of `texts` calibrates, the others judge. `request` is the
    example, in the service's form. From `external_bytes` on weights lie beside the graphs in between, too.
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
        """What went wrong with this entry."""
        return CatalogError(self.catalog.path, self.spec.id, field, problem)

    def draft(self, runtime: str, quantization: str, export: dict[str, Any]) -> Manifest:
        """A manifest that a model can be loaded with, not yet its measurements and digests. Raises CatalogError."""
        try:
            facts = self.build.facts(self.checkpoint)
        except ValueError as error:
            raise self.error("source", f"cannot be served ({error}); name another checkpoint.") from None
        return Manifest(
            id=self.spec.id,
            service=self.spec.service,
            runtime=runtime,
            source=self.spec.source,
            revision=self.found.revision,
            license=self.spec.license or self.found.license or "",
            created=int(time.time()) if self.found.created is None else self.found.created,
            files={},
            max_tokens=facts.max_tokens,
            dimensions=facts.dimensions,
            quantization=quantization,
            config=facts.config,
            export=export,
            quality={},
            example={},
        )

    def load(self, directory: Path) -> Model:
        """The model whose artifact is in `directory`."""
        return model_of(self.spec.service, Manifest.read(directory).runtime).load(directory, THREADS)

    def complete(self, directory: Path, quality: dict[str, Any]) -> None:
        """Add to the manifest what was measured, the example's answer and the digest of every file."""
        model = self.load(directory)
        example = {"request": self.request, "result": model.infer(self.request).result}
        model.unload()
        names = [path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()]
        files = digests(directory, (name for name in names if name != MANIFEST))
        replace(Manifest.read(directory), quality=quality, example=example, files=files).write(directory)
