"""What callers send to sentence embeddings and get in OpenAI's format, which is the native one, and all paths.

Schema: https://github.com/openai/openai-openapi (CreateEmbeddingRequest).
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from services.embeddings.request import InputType, Reply, Request, prompt_for
from services.embeddings.tei import NUMBER_BYTES, TEXT, FeatureExtraction, Reading, SentenceSimilarity, Texts, arrays
from services.embeddings.tokenizing import Decoding, Tokenization
from shared.body import STRICT, Body, as_list, field_of, options_of, with_example
from shared.error_forms import StringError, TeiError
from shared.wire import Endpoint, at_paths

FOUND: dict[str, Any] = {"object": "embedding", "index": 0, "embedding": [0.0451, -0.0312, 0.0873]}
USAGE = {"prompt_tokens": 10, "total_tokens": 10}
# How other servers' clients say for what a text is embedded; any other type has no prompt.
INPUT_TYPES: Mapping[str, InputType] = {
    **dict.fromkeys(("query", "search_query", "retrieval.query"), "query"),
    **dict.fromkeys(("document", "passage", "search_document", "retrieval.passage"), "document"),
}
# What clients of other servers send, and what changes nothing here.
HINTS = ("truncate_prompt_tokens", "late_chunking", "priority", "request_id", "metadata", "safety_identifier")


def _hint() -> Any:
    return Field(default=None, description="Accepted for other servers' clients; not used, and named in x-ignored.")


class Embedding(BaseModel):
    """One vector, at its text's index: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"] = Field(description="Always `embedding`.")
    index: int = Field(description="The index of its text.")
    embedding: list[float] | str = Field(
        description="The vector: numbers, or with `base64` their bytes as little-endian float32."
    )


class Usage(BaseModel):
    """Tokens that the model read."""

    prompt_tokens: int = Field(description="Tokens that the model read, of all texts together.")
    total_tokens: int = Field(description="The same; nothing is generated.")


class Embeddings(BaseModel):
    """The vectors, in the order of the texts."""

    model_config = with_example({"object": "list", "data": [FOUND], "model": "embeddings", "usage": USAGE})
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[Embedding] = Field(description="One vector for each text, in their order.")
    model: str = Field(description="The id of the model that answered.")
    usage: Usage = Field(description="How much was read.")


class EmbeddingsBody(Reading, Body):
    """A text, or a list of them, as OpenAI's clients send it."""

    model_config = STRICT
    answers: ClassVar = (Embeddings,)
    example: ClassVar = {"input": TEXT}
    input: Texts = Field(description="The text to embed, or a list of texts.")
    encoding_format: Literal["float", "base64"] = Field(
        default="float",
        description="Vectors as lists of numbers, or as base64 of little-endian float32, which is shorter.",
    )
    dimensions: int | None = field_of(Request, "dimensions")
    normalize: bool | None = field_of(Request, "normalize", description="Bring vectors to unit length; the default.")
    user: str | None = Field(default=None, description="Accepted for OpenAI's clients, and not used.")
    input_type: str | None = field_of(Request, "input_type")
    task: str | None = Field(default=None, description="As `input_type`, for Jina's clients.")
    truncate_prompt_tokens: int | None = _hint()
    late_chunking: bool | None = _hint()
    priority: int | None = _hint()
    request_id: str | None = _hint()
    metadata: dict[str, Any] | None = _hint()
    safety_identifier: str | None = _hint()

    @property
    def remedy(self) -> str:
        ways = 'Ask for "encoding_format": "base64", or send "accept-encoding: gzip". '
        return ("" if self.encoding_format == "base64" else ways) + super().remedy

    def ignored(self, config: Mapping[str, Any]) -> list[str]:
        """Return the hints, and a type of input for which the model has no prompt."""
        sent = [name for name in HINTS if getattr(self, name) is not None]
        kind = self._input_type
        has_prompt = kind is not None and prompt_for(kind, config["prompts"]) is not None
        return sent if has_prompt else [name for name in ("input_type", "task") if getattr(self, name)] + sent

    @property
    def _input_type(self) -> InputType | None:
        return INPUT_TYPES.get(self.input_type or self.task or "")

    def request(self) -> Request:
        options = {"normalize": True, **options_of(Request, self), "input_type": self._input_type}
        return Request(input=as_list(self.input), **options)

    def answer(self, reply: Reply, model: str) -> str:
        is_base64 = self.encoding_format == "base64"
        written = [f'"{vector}"' for vector in reply["embeddings"]] if is_base64 else arrays(reply)
        data = [f'{{"object":"embedding","index":{i},"embedding":{vector}}}' for i, vector in enumerate(written)]
        tokens = sum(reply["tokens"])
        usage = f'{{"prompt_tokens":{tokens},"total_tokens":{tokens}}}'
        return f'{{"object":"list","data":[{",".join(data)}],"model":{json.dumps(model)},"usage":{usage}}}'

    def answer_bytes(self, dimensions: int | None) -> int:
        length = self.dimensions or dimensions or 0
        vector = length * NUMBER_BYTES if self.encoding_format == "float" else length * 16 / 3 + 6
        return int(len(as_list(self.input)) * (vector + 55))

    @property
    def gzip_share(self) -> float:
        return super().gzip_share if self.encoding_format == "float" else 0.8


OPENAI_PATHS = ("/embeddings", "/openai/v1/embeddings", "/openai/deployments/{id}/embeddings")
ROOTS = ("/", "/invocations")
ENDPOINTS = (
    Endpoint(body=EmbeddingsBody),
    Endpoint(body=SentenceSimilarity, error_form=StringError, tag="Hugging Face"),
    Endpoint(body=FeatureExtraction, error_form=StringError, tag="Hugging Face"),
    *at_paths(*OPENAI_PATHS, body=EmbeddingsBody, tag="OpenAI"),
    *at_paths("/embed", *ROOTS, body=FeatureExtraction, error_form=TeiError, tag="TEI"),
    *at_paths("/similarity", *ROOTS, body=SentenceSimilarity, error_form=TeiError, tag="TEI"),
    Endpoint(path="/tokenize", body=Tokenization, error_form=TeiError, tag="TEI"),
    Endpoint(path="/decode", body=Decoding, error_form=TeiError, tag="TEI"),
)
# As TEI's documentation calls the model that a server has.
ALIASES = ("tei", "text-embeddings-inference")


def model_type(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what TEI's `/info` says of such a model."""
    return {"embedding": {"pooling": config.get("pooling")}}
