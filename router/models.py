"""The models that can be asked, by task and by id."""

from collections.abc import Iterator, Sequence

from shared.errors import ModelNotFound
from shared.served import ServedModel


class Models:
    """The served models, in the catalog's order."""

    def __init__(self, served: Sequence[ServedModel]) -> None:
        self._served = {model.id: model for model in served}
        self.tasks: dict[str, list[ServedModel]] = {}
        for model in served:
            self.tasks.setdefault(model.task, []).append(model)

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._served.values())

    def __getitem__(self, model_id: str) -> ServedModel:
        """The model of this id. Raises ModelNotFound."""
        return _pick(list(self._served.values()), model_id)

    def for_task(self, task: str, model_id: str | None) -> ServedModel:
        """The model of this id that answers the task, or the task's default for None. Raises ModelNotFound."""
        serving = self.tasks[task]
        if model_id is None:
            return next(model for model in serving if model.default)
        return _pick(serving, model_id)

    def task_of(self, service: str) -> str | None:
        """The first task that a service's models answer."""
        return next((model.task for model in self if model.service == service), None)


def _pick(serving: list[ServedModel], model_id: str) -> ServedModel:
    for model in serving:
        if model.id == model_id:
            return model
    known = ", ".join(model.id for model in serving)
    raise ModelNotFound(f"There is no such model here. Ask for one of: {known}.", param="model")
