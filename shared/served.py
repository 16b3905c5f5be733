"""What the router knows of each model: its catalog entry and its artifact's facts, one JSON file at deployment."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.artifact import read
from shared.catalog import Catalog, Limits, Spec
from shared.manifest import Manifest
from shared.tasks import task


class ServedModel(BaseModel):
    """One model that can be asked. `limits` and `example` are complete: the entry's, else its task's."""

    model_config = ConfigDict(frozen=True)
    id: str
    task: str
    service: str
    default: bool
    warm: int
    limits: Limits
    example: dict[str, Any]
    source: str
    revision: str
    license: str
    created: int
    max_tokens: int
    dimensions: int | None
    quantization: str

    @classmethod
    def of(cls, spec: Spec, manifest: Manifest, *, default: bool) -> "ServedModel":
        """Join a catalog entry and its artifact's manifest."""
        limits = {**task(spec.service).LIMITS.model_dump(), **spec.limits.model_dump(exclude_none=True)}
        return cls(
            id=spec.id,
            task=spec.task,
            service=spec.service,
            default=default,
            warm=spec.warm,
            limits=Limits(**limits),
            example=spec.example or task(spec.service).EXAMPLE,
            source=manifest.source,
            revision=manifest.revision,
            license=manifest.license,
            created=manifest.created,
            max_tokens=manifest.max_tokens,
            dimensions=manifest.dimensions,
            quantization=manifest.quantization,
        )


SERVED_MODELS = TypeAdapter(list[ServedModel])


def served_models(catalog: Catalog, root: Path) -> list[ServedModel]:
    """All models of a catalog whose artifacts lie below `root`. Raises CatalogError for one that is not built."""
    served = []
    for spec in catalog:
        manifest = read(catalog, spec, root)
        alone = sum(other.task == spec.task for other in catalog) == 1
        served.append(ServedModel.of(spec, manifest, default=spec.default or alone))
    return served
