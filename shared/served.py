"""What the router knows of each model: its catalog entry and its artifact's facts, one JSON file at deployment."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from shared.artifact import read
from shared.catalog import Catalog, Spec, example_of
from shared.deployment import ANSWER_BYTES
from shared.manifest import Manifest
from shared.request import Limits
from shared.wire import wire_of

# What an answer says of each item besides what the model replied.
FRAME_BYTES = 60


class ServedModel(BaseModel):
    """One model that can be asked. `limits` and `example` are complete: the entry's, else its task's.

    `aliases` are other names for it. `limits.items` is at most as many as an answer can hold.
    `config` is the manifest's, `quality` the figures of its quality.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    task: str
    service: str
    aliases: list[str]
    default: bool
    warm: int
    memory_mb: int
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
    quality: dict[str, float]
    config: dict[str, Any]

    @classmethod
    def of(cls, spec: Spec, manifest: Manifest, *, aliases: list[str], default: bool) -> "ServedModel":
        """Join a catalog entry and its artifact's manifest."""
        limits = replace(wire_of(spec.service).Request.LIMITS, **spec.limits.model_dump(exclude_none=True))
        example = wire_of(spec.service).ENDPOINTS[0].body.read(example_of(spec)).request()
        answered = ANSWER_BYTES // (example.item_reply_bytes(manifest.dimensions) + FRAME_BYTES)
        limits = replace(limits, items=min(limits.items, answered))
        quality = {name: figure for name, figure in manifest.quality.items() if isinstance(figure, int | float)}
        own = {"aliases": aliases, "default": default, "limits": limits, "example": example_of(spec)}
        own["warm"] = spec.kept_warm
        return cls(**{**dict(spec), **vars(manifest), **own, "quality": quality})


SERVED_MODELS = TypeAdapter(list[ServedModel])


def served_models(catalog: Catalog, root: Path) -> list[ServedModel]:
    """Return all models of a catalog, whose artifacts lie below `root`. Raises CatalogError for one not built."""
    served = []
    for spec in catalog:
        manifest = read(catalog, spec, root)
        alone = sum(other.task == spec.task for other in catalog) == 1
        aliases = list(spec.aliases)
        if sum(other.service == spec.service for other in catalog) == 1:
            aliases += getattr(wire_of(spec.service), "ALIASES", ())
        served.append(ServedModel.of(spec, manifest, aliases=aliases, default=spec.default or alone))
    return served
