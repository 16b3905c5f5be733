"""Sentence embeddings: one vector for each text. The native body is OpenAI's, and so is its answer.

OpenAI's schema: https://github.com/openai/openai-openapi (CreateEmbeddingRequest).
"""

import base64
import json
import math
import struct
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.catalog import Limits
from shared.errors import ModelError
from shared.tasks import STRICT, OneOrMany

LIMITS = Limits(characters=100_000, items=2_048)
EXAMPLE = {"input": "A swimmer crosses the lake before breakfast."}
# Some fifty short texts: about a hundred milliseconds of work for a small model.
PART_BYTES = 5_000
# A float32 as JSON: sign in half of them, "0.0", 9 digits, comma.
NUMBER_BYTES = 13.5

InputText = Annotated[str, StringConstraints(min_length=1)]
Dimensions = Annotated[int, Field(ge=1, le=100_000, description="Cut the vector to this many numbers, then normalise.")]


class Request(BaseModel):
    """What a model is sent. `normalize` None leaves it to the model; `dimensions` cuts before normalising."""

    model_config = STRICT
    input: list[str]
    normalize: bool | None = True
    dimensions: int | None = None
    truncate: bool = True
    truncation_direction: Literal["left", "right"] = "right"
    prompt_name: str | None = None

    @property
    def texts(self) -> dict[str, list[str]]:
        return {"input": self.input}

    def take(self, start: int, stop: int | None) -> Self:
        return self.model_copy(update={"input": self.input[start:stop]})

    def item_bytes(self, dimensions: int | None) -> int:
        return (self.dimensions or dimensions or 0) * 16 // 3 + 20


class Reply(BaseModel):
    """What a model replies: for each text a vector, base64 of little-endian float32, and the tokens that were read."""

    embeddings: list[str]
    dimensions: int = Field(ge=1)
    tokens: list[int]

    @property
    def items(self) -> int:
        return len(self.embeddings)

    @classmethod
    def merge(cls, parts: list[Self]) -> Self:
        return cls.model_construct(
            embeddings=[vector for part in parts for vector in part.embeddings],
            dimensions=parts[0].dimensions,
            tokens=[count for part in parts for count in part.tokens],
        )

    def vectors(self) -> list[tuple[float, ...]]:
        """The vectors as numbers. Raises ModelError when one is not `dimensions` long, or not finite."""
        unpack = struct.Struct(f"<{self.dimensions}f").unpack
        try:
            vectors = [unpack(base64.b64decode(vector, validate=True)) for vector in self.embeddings]
        except (ValueError, struct.error):
            raise ModelError("The model answered with a vector of another length than it says.") from None
        if not math.isfinite(sum(map(sum, vectors))):
            raise ModelError("The model answered with a vector that is not finite.")
        return vectors

    def arrays(self) -> list[str]:
        """The vectors as JSON arrays, with the nine digits that give back each float32 exactly."""
        template = "[" + ",".join(["%.9g"] * self.dimensions) + "]"
        return [template % vector for vector in self.vectors()]


def refuse_token_ids(value: Any) -> Any:
    """OpenAI also takes token ids; ours would need OpenAI's own tokenizer, and other ids mean other words."""
    if isinstance(value, list) and value and isinstance(value[0], int | list):
        raise PydanticCustomError(
            "token_ids",
            "must be text, not token ids. With LangChain's OpenAIEmbeddings set check_embedding_ctx_length=False.",
        )
    return value


class Embedding(BaseModel):
    """One vector, at its text's index: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class Usage(BaseModel):
    """Tokens that the model read."""

    prompt_tokens: int
    total_tokens: int


class Embeddings(BaseModel):
    """The vectors, in the order of the texts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "object": "list",
                    "data": [{"object": "embedding", "index": 0, "embedding": [0.0451, -0.0312, 0.0873]}],
                    "model": "embeddings",
                    "usage": {"prompt_tokens": 10, "total_tokens": 10},
                }
            ]
        }
    )
    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Usage


class EmbeddingsBody(BaseModel):
    """A text, or a list of them, as OpenAI's clients send it."""

    model_config = STRICT
    answers: ClassVar[tuple[type[BaseModel], ...]] = (Embeddings,)
    example: ClassVar[dict[str, Any]] = EXAMPLE
    input: Annotated[OneOrMany[InputText], BeforeValidator(refuse_token_ids)]
    model: str | None = Field(default=None, description="One of the models that share this task.")
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Dimensions | None = None
    user: str | None = Field(default=None, description="Accepted for OpenAI's clients, and not used.")

    @property
    def remedy(self) -> str:
        fewer = "Send fewer inputs in one request."
        return fewer if self.encoding_format == "base64" else f'Ask for "encoding_format": "base64". {fewer}'

    def request(self) -> Request:
        return Request(input=self._texts, dimensions=self.dimensions)

    def answer(self, reply: Reply, model: str) -> str:
        if self.encoding_format == "float":
            vectors = reply.arrays()
        else:
            reply.vectors()
            vectors = [f'"{vector}"' for vector in reply.embeddings]
        data = [
            f'{{"object":"embedding","index":{index},"embedding":{vector}}}' for index, vector in enumerate(vectors)
        ]
        tokens = sum(reply.tokens)
        usage = f'{{"prompt_tokens":{tokens},"total_tokens":{tokens}}}'
        return f'{{"object":"list","data":[{",".join(data)}],"model":{json.dumps(model)},"usage":{usage}}}'

    def answer_bytes(self, dimensions: int | None) -> int:
        length = self.dimensions or dimensions or 0
        vector = length * NUMBER_BYTES if self.encoding_format == "float" else length * 16 / 3 + 6
        return int(len(self._texts) * (vector + 55))

    @property
    def _texts(self) -> list[str]:
        return self.input if isinstance(self.input, list) else [self.input]


Native = EmbeddingsBody
