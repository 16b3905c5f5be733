"""How an error is written in each wire format."""

from collections.abc import Mapping
from typing import Protocol, Self

from pydantic import BaseModel, Field

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

    message: str = Field(description="One sentence: the problem and what to do about it.")
    type: str = Field(description="The kind of error, as OpenAI names kinds.")
    param: str | None = Field(description="The field at fault, or null.")
    code: str = Field(description="The error's name for programs.")


class NestedError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ErrorDetail = Field(description="What went wrong.")

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=ErrorDetail(message=error.message, type=error.type, param=error.param, code=error.code))


class StringError(BaseModel):
    """An error as Hugging Face's clients read it; `error_type` is our code."""

    error: str = Field(description="One sentence: the problem and what to do about it.")
    error_type: str = Field(description="The error's name for programs.")

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=error.message, error_type=error.code)


class TeiError(BaseModel):
    """An error as TEI's clients read it: `error_type` is TEI's own, or our code where TEI has none."""

    error: str = Field(description="One sentence: the problem and what to do about it.")
    error_type: str = Field(description="The kind of error, as TEI names kinds.")

    @classmethod
    def of(cls, error: Error) -> Self:
        if error.message.endswith(EMPTY):
            return cls(error=error.message, error_type="Empty")
        return cls(error=error.message, error_type=TEI_TYPES.get(error.status, error.code))
