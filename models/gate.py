"""The quality gate: no artifact counts as built before it was compared with the float model it was made from."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from models.candidate import Candidate
from models.progress import counter
from models.service import Build
from models.texts import Paragraph
from shared.catalog import Catalog, CatalogError, Spec
from shared.contract import NO_DEADLINE, Deadline, Inference, Model
from shared.errors import Error

# The ending of a figure that must be at most its threshold; every other figure must be at least its threshold.
AT_MOST = "_drift"


class Cached:
    """A model that answers from memory a request it has answered before.

    The float model is asked the same for every candidate, and each answer takes time. `label` names the progress bar.
    """

    def __init__(self, model: Model, label: str) -> None:
        self._model = model
        self._answers: dict[str, Inference] = {}
        self._count = counter(label)

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Answer a request; see `shared.contract.Model`."""
        key = json.dumps(request, sort_keys=True)
        if key not in self._answers:
            self._answers[key] = self._model.infer(request, deadline)
            self._count.update(max((len(value) for value in request.values() if isinstance(value, list)), default=1))
        return self._answers[key]

    def close(self) -> None:
        """Remove the progress bar."""
        self._count.close()


class Reference:
    """The float model in a checkpoint's folder. As it takes a lot of memory, it is loaded when it is first asked."""

    def __init__(self, checkpoint: Candidate) -> None:
        self._checkpoint = checkpoint
        self._job = checkpoint.job

    @cached_property
    def model(self) -> Cached:
        """The model itself."""
        return Cached(self._checkpoint.load(), f"[{self._job.spec.id}] float model")

    @cached_property
    def measured(self) -> dict[str, Any]:
        """The configuration that the task measures on it."""
        return self._job.build.calibrate(self.model, self._job.texts)

    def close(self) -> None:
        """Remove its progress bar."""
        if "model" in vars(self):
            self.model.close()


def thresholds(spec: Spec, build: Build, catalog: Catalog) -> dict[str, float] | None:
    """Return what an entry's artifact must reach: the task's thresholds, replaced by the entry's own; None when off.

    Raises CatalogError for a threshold on a figure that the task does not measure.
    """
    if spec.gate == "off":
        return None
    own = spec.gate or {}
    unknown = sorted(set(own) - set(build.GATE))
    if unknown:
        problem = f"{', '.join(unknown)} is not measured; {spec.service} has {', '.join(build.GATE)}."
        raise CatalogError(catalog.path, spec.id, "gate", problem)
    return {**build.GATE, **own}


def measure(
    build: Build, reference: Model, candidate: Model, texts: Sequence[Paragraph], limits: Mapping[str, float]
) -> tuple[dict[str, float], list[str]]:
    """Return how near a candidate is to the float model, and one sentence for each threshold that it misses.

    A model that refuses to answer at all, such as one whose vectors are not finite, misses every threshold.
    """
    try:
        quality = build.quality(reference, candidate, texts)
    except Error as error:
        return {}, [f"it does not answer ({error.message})"]
    return quality, failures(quality, limits)


def failures(quality: Mapping[str, float], limits: Mapping[str, float]) -> list[str]:
    """Return one sentence for each figure that misses its threshold, or that is no number at all."""
    not_numbers = [f"{name} is {value}." for name, value in quality.items() if value != value]
    return not_numbers or [
        f"{name} is {quality[name]:.4f}; at {'most' if name.endswith(AT_MOST) else 'least'} {limit:g} is allowed."
        for name, limit in limits.items()
        if (quality[name] > limit if name.endswith(AT_MOST) else quality[name] < limit)
    ]
