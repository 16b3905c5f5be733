"""How an error is written in each wire format."""

from typing import Protocol, Self

from pydantic import BaseModel

from shared.errors import Error


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
    """An error as Hugging Face's and TEI's clients read it; `error_type` is our code."""

    error: str
    error_type: str

    @classmethod
    def of(cls, error: Error) -> Self:
        return cls(error=error.message, error_type=error.code)
