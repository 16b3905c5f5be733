"""What the router knows of each model: its catalog entry and its artifact's facts, one JSON file at deployment."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.artifact import read
from shared.catalog import Catalog, Spec, example_of
from shared.manifest import Manifest
from shared.request import Limits
from shared.wire import wire_of


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
    languages: list[str] = []
    created: int
    max_tokens: int
    dimensions: int | None
    quantization: str

    @classmethod
    def of(cls, spec: Spec, manifest: Manifest, *, default: bool) -> "ServedModel":
        """Join a catalog entry and its artifact's manifest."""
        limits = replace(wire_of(spec.service).Request.LIMITS, **spec.limits.model_dump(exclude_none=True))
        own = {"default": default, "limits": limits, "example": example_of(spec)}
        return cls(**{**dict(spec), **vars(manifest), **own})


SERVED_MODELS = TypeAdapter(list[ServedModel])


def served_models(catalog: Catalog, root: Path) -> list[ServedModel]:
    """Return all models of a catalog, whose artifacts lie below `root`. Raises CatalogError for one not built."""
    served = []
    for spec in catalog:
        manifest = read(catalog, spec, root)
        alone = sum(other.task == spec.task for other in catalog) == 1
        served.append(ServedModel.of(spec, manifest, default=spec.default or alone))
    return served
