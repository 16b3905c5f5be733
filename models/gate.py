"""The quality gate: no artifact counts as built before it was compared with the float model it was made from."""

import json
from collections.abc import Sequence
from typing import Any, cast

from models.progress import counter
from models.service import Build, Paragraph
from shared.catalog import Catalog, CatalogError, Spec
from shared.contract import Inference, Model


def remembered(model: Model, label: str) -> Model:
    """`model`, answering a request it has seen from memory: the float model is asked the same for every candidate."""
    return cast(Model, _Remembered(model, label))


class _Remembered:
    def __init__(self, model: Model, label: str) -> None:
        self._model = model
        self._answers: dict[str, Inference] = {}
        self._count = counter(label)

    def infer(self, request: dict[str, Any]) -> Inference:
        key = json.dumps(request, sort_keys=True)
        if key not in self._answers:
            self._answers[key] = self._model.infer(request)
            self._count.update(_items(request))
        return self._answers[key]

    def unload(self) -> None:
        self._count.close()
        self._answers.clear()
        self._model.unload()


def thresholds(spec: Spec, build: Build, catalog: Catalog) -> dict[str, float] | None:
    """What an entry's artifact must reach: the service's defaults, replaced by the entry's own. None when it is off."""
    if spec.gate == "off":
        return None
    own = spec.gate or {}
    unknown = sorted(set(own) - set(build.GATE))
    if unknown:
        problem = f"{', '.join(unknown)} is not measured; {spec.service} has {', '.join(build.GATE)}."
        raise CatalogError(catalog.path, spec.id, "gate", problem)
    return {**build.GATE, **own}


def judge(
    build: Build, reference: Model, candidate: Model, texts: Sequence[Paragraph], limits: dict[str, float]
) -> tuple[dict[str, float], list[str]]:
    """The candidate's measured quality, and one sentence for each threshold it misses."""
    quality = build.quality(reference, candidate, texts)
    broken = [f"{name} is {value}." for name, value in quality.items() if value != value]
    return quality, broken or build.failures(quality, limits)


def _items(request: dict[str, Any]) -> int:
    return max((len(value) for value in request.values() if isinstance(value, list)), default=1)
