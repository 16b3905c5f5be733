"""How an error is written in each wire format."""

from collections.abc import Mapping
from typing import Protocol, Self

from pydantic import BaseModel

from shared.errors import Error
from shared.rules import EMPTY

TEI_TYPES: Mapping[int, str] = {
    **dict.fromkeys((400, 413, 415), "Validation"),
    **dict.fromkeys((500, 502, 504), "Backend"),
    429: "Overloaded",
    503: "Unhealthy",
}


class ErrorForm(Protocol):
    """How a wire format writes an error."""

    @classmethod
    def of(cls, error: Error) -> BaseModel: ...


class ErrorDetail(BaseModel):
    """The error in a sentence that says what to do; `param` is the field at fault."""

    message: str
    type: str
    param: str | None
    code: str


class NestedError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ErrorDetail

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=ErrorDetail(message=error.message, type=error.type, param=error.param, code=error.code))


class StringError(BaseModel):
    """An error as Hugging Face's clients read it; `error_type` is our code."""

    error: str
    error_type: str

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=error.message, error_type=error.code)


class TeiError(BaseModel):
    """An error as TEI's clients read it: `error_type` is TEI's own, or our code where TEI has none."""

    error: str
    error_type: str

    @classmethod
    def of(cls, error: Error) -> Self:
        if error.message.endswith(EMPTY):
            return cls(error=error.message, error_type="Empty")
        return cls(error=error.message, error_type=TEI_TYPES.get(error.status, error.code))
