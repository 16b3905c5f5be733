"""The models that can be asked, by task and by id, and how they are listed in OpenAI's form.

Schemas: https://github.com/openai/openai-openapi (Model, ListModelsResponse).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.errors import ModelNotFound
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


class ModelLimits(BaseModel):
    """What one request may hold."""

    characters: int = Field(description="Unicode code points that one text may have.")
    items: int = Field(description="Texts that one request may have.")


class Model(BaseModel):
    """One model: OpenAI's four fields first, then what else there is to know before asking it."""

    id: str = Field(description="The model's id: what to send as `model`.")
    object: Literal["model"] = Field(default="model", description="Always `model`.")
    created: int = Field(description="When its source was found first, in seconds since 1970.")
    owned_by: str = Field(description="The account of the model hub, or the deployment itself.")
    task: str = Field(description="The path that asks it: POST /v1/{task}.")
    aliases: list[str] = Field(description="Other names that requests may call it by.")
    default: bool = Field(description="Whether it answers where a request names no model.")
    license: str = Field(description="The licence of its weights.")
    languages: list[str] = Field(description="Tags of the languages it is meant for (BCP 47); empty where nobody said.")
    revision: str = Field(description="The revision of its source.")
    quantization: str = Field(description="How its weights are stored: int8, mixed, or none for float32.")
    quality: dict[str, float] = Field(
        description="How near its answers are to those of the float32 model it was made of, by figures of its gate. "
        "`pairs` and `texts` are how many it was measured on."
    )
    memory_mb: int = Field(description="Megabytes of its function; 1,769 are one vCPU.")
    max_tokens: int = Field(description="Tokens that it reads at a time; longer texts are read in windows or cut.")
    dimensions: int | None = Field(description="Numbers in each vector; null where it makes none.")
    limits: ModelLimits = Field(description="The largest request that it takes.")
    example: dict[str, Any] = Field(description="A request that it answers.")

    @classmethod
    def of(cls, served: ServedModel) -> "Model":
        """Return what callers see of a served model; one that is of no account of the hub is the deployment's own."""
        kind, _, path = served.source.partition("://")
        owner = path.split("/")[0] if kind == "hf" else "model-router"
        return cls(**{**dict(served), "limits": asdict(served.limits), "owned_by": owner})


class ModelList(BaseModel):
    """All models that can be asked."""

    object: Literal["list"] = Field(default="list", description="Always `list`.")
    data: list[Model] = Field(description="The models, in the catalog's order.")
