"""A folder that may become an artifact, and the manifest that it gets when it does."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.digest import digests
from models.job import Job
from models.lock import license_of
from shared.contract import Model, open_model
from shared.manifest import FILE_NAME as MANIFEST
from shared.manifest import Manifest

THREADS = os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The files in `directory`, for a runtime, in a quantization ("int8", "mixed" or "none").

    `export` says how they were made. `measured` is configuration that was measured on the float model.
    """

    job: Job
    directory: Path
    runtime: str
    quantization: str
    export: dict[str, Any]
    measured: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Model:
        """Load the model in the folder."""
        return open_model(self.directory, self._manifest(), THREADS)

    def describe(self, model: Model, quality: dict[str, Any]) -> None:
        """Write the manifest: the measured `quality`, the model's answer to the example, the digest of every file."""
        names = [path.relative_to(self.directory).as_posix() for path in self.directory.rglob("*") if path.is_file()]
        example = {"request": self.job.request, "result": model.infer(self.job.request).result}
        files = digests(self.directory, (name for name in names if name != MANIFEST))
        replace(self._manifest(), quality=quality, example=example, files=files).write(self.directory)

    def _manifest(self) -> Manifest:
        """Return the manifest as far as it is known before the model was asked anything."""
        job, facts = self.job, self.job.facts
        return Manifest(
            id=job.spec.id,
            service=job.spec.service,
            runtime=self.runtime,
            source=job.spec.source,
            revision=job.found.revision,
            license=license_of(job.spec, job.found) or "",
            created=int(time.time()) if job.found.created is None else job.found.created,
            files={},
            max_tokens=facts.max_tokens,
            dimensions=facts.dimensions,
            auto_class=job.build.AUTO_CLASS,
            outputs=dict(job.build.OUTPUTS),
            pad_token_id=facts.pad_token_id,
            # Quantized activations have one range for a whole run, so that texts in one run would change each other.
            batched=self.quantization == "none" and job.configuration.architecture.batched,
            lowercase=facts.lowercase,
            quantization=self.quantization,
            config={**facts.config, **self.measured},
            export=self.export,
            quality={},
            example={},
        )
