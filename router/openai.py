"""OpenAI's wire format besides `/v1/embeddings`, whose body is the native one: the list of models, and errors.

Schemas: https://github.com/openai/openai-openapi (Model, ListModelsResponse, Error).
"""

from typing import Any, Literal

from pydantic import BaseModel

from router.models import Models
from shared.catalog import Limits
from shared.errors import Error
from shared.served import ServedModel


class ErrorDetail(BaseModel):
    """What is wrong, in a sentence that says what to do; `param` is the field at fault."""

    message: str
    type: str
    param: str | None
    code: str


class NestedError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ErrorDetail

    @classmethod
    def of(cls, error: Error) -> "NestedError":
        return cls(error=ErrorDetail(message=error.message, type=error.type, param=error.param, code=error.code))


class Model(BaseModel):
    """One model: OpenAI's four fields first, then what else there is to know before asking it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str
    task: str
    default: bool
    license: str
    revision: str
    quantization: str
    max_tokens: int
    dimensions: int | None
    limits: Limits
    example: dict[str, Any]

    @classmethod
    def of(cls, served: ServedModel) -> "Model":
        """The public face of a served model."""
        known = {name: getattr(served, name) for name in cls.model_fields if name in ServedModel.model_fields}
        return cls(**known, owned_by=_owner(served.source))


class ModelList(BaseModel):
    """All models that can be asked."""

    object: Literal["list"] = "list"
    data: list[Model]

    @classmethod
    def of(cls, models: Models) -> "ModelList":
        return cls(data=[Model.of(served) for served in models])


def _owner(source: str) -> str:
    """The account that a model of the Hugging Face hub belongs to; others are the deployment's own."""
    return source.removeprefix("hf://").split("/")[0] if source.startswith("hf://") else "model-router"
