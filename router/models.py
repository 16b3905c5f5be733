"""The models that can be asked, by task and by id, and how they are listed in OpenAI's form.

Schemas: https://github.com/openai/openai-openapi (Model, ListModelsResponse).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.errors import ModelNotFound
from shared.request import Limits
from shared.served import ServedModel


class Models:
    """The served models, in the catalog's order; `tasks` has those of each task."""

    def __init__(self, served: Sequence[ServedModel]) -> None:
        self._served = list(served)
        self._by_name = {name: model for model in served for name in (model.id, *model.aliases)}
        self.tasks: dict[str, list[ServedModel]] = {}
        for model in served:
            self.tasks.setdefault(model.task, []).append(model)

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._served)

    def __getitem__(self, name: str) -> ServedModel:
        """Return the model of this id or alias. Raises ModelNotFound."""
        if name not in self._by_name:
            raise ModelNotFound(param="model")
        return self._by_name[name]

    def serves(self, task: str, name: str | None) -> bool:
        """Say whether a name is an id or alias of a model of the task."""
        return name is not None and name in self._by_name and self._by_name[name].task == task

    def for_task(self, task: str, name: str | None) -> ServedModel:
        """Return the task's model of this id or alias, or the task's default for None. Raises ModelNotFound."""
        if self.serves(task, name):
            return self[str(name)]
        serving = self.tasks[task]
        if name is None:
            return next(model for model in serving if model.default)
        known = ", ".join(model.id for model in serving)
        raise ModelNotFound(f"There is no such model here. Ask for one of: {known}.", param="model")


class Model(BaseModel):
    """One model: OpenAI's four fields first, then what else there is to know before asking it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str
    task: str
    aliases: list[str]
    default: bool
    license: str
    languages: list[str] = Field(description="Tags of the languages it is meant for (BCP 47); empty where nobody said.")
    revision: str
    quantization: str
    max_tokens: int
    dimensions: int | None
    limits: Limits
    example: dict[str, Any]

    @classmethod
    def of(cls, served: ServedModel) -> "Model":
        """Return what callers see of a served model; one that is of no account of the hub is the deployment's own."""
        kind, _, path = served.source.partition("://")
        return cls(**{**dict(served), "owned_by": path.split("/")[0] if kind == "hf" else "model-router"})


class ModelList(BaseModel):
    """All models that can be asked."""

    object: Literal["list"] = "list"
    data: list[Model]
