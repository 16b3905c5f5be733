"""What callers send to sentence embeddings and get: OpenAI's format, which is the native one, Hugging Face's and TEI's.

Schemas: https://github.com/openai/openai-openapi (CreateEmbeddingRequest), and docs/openapi.json of
https://github.com/huggingface/text-embeddings-inference.
"""

import json
from collections.abc import Mapping
from operator import mul
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, Field, RootModel

from services.embeddings.request import Direction, Reply, Request, vectors_of
from shared.wire import (
    LENIENT,
    Body,
    Endpoint,
    OneOrMany,
    StringError,
    as_list,
    field_of,
    options_of,
    text_of,
    with_example,
)

EXAMPLE = {"input": "A swimmer crosses the lake before breakfast."}
FOUND: dict[str, Any] = {"object": "embedding", "index": 0, "embedding": [0.0451, -0.0312, 0.0873]}
USAGE = {"prompt_tokens": 10, "total_tokens": 10}
TOKEN_IDS = "must be text, not token ids. With LangChain's OpenAIEmbeddings set check_embedding_ctx_length=False."
# A float32 as JSON: sign in half of them, "0.0", 9 digits, comma.
NUMBER_BYTES = 13.5


def refuse_token_ids(value: Any) -> Any:
    """Refuse the token ids that OpenAI takes: its tokenizer is not ours, and other ids mean other words."""
    if isinstance(value, list) and value and isinstance(value[0], int | list):
        raise ValueError(TOKEN_IDS)
    return value


Text = Annotated[str, text_of(Request, "input")]
Texts = Annotated[OneOrMany[Text], BeforeValidator(refuse_token_ids)]
# TEI also writes it with a capital.
AnyCase = Annotated[Direction, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]


def arrays(reply: Reply) -> list[str]:
    """Return the vectors as JSON arrays, with the nine digits that give back each float32 exactly."""
    template = "[" + ",".join(["%.9g"] * reply["dimensions"]) + "]"
    return [template % vector for vector in vectors_of(reply)]


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

    model_config = with_example({"object": "list", "data": [FOUND], "model": "embeddings", "usage": USAGE})
    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Usage


class EmbeddingsBody(Body):
    """A text, or a list of them, as OpenAI's clients send it."""

    answers: ClassVar = (Embeddings,)
    example: ClassVar = EXAMPLE
    input: Texts
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = field_of(Request, "dimensions")
    user: str | None = Field(default=None, description="Accepted for OpenAI's clients, and not used.")

    @property
    def remedy(self) -> str:
        shorter = "" if self.encoding_format == "base64" else 'Ask for "encoding_format": "base64". '
        return shorter + super().remedy

    def request(self) -> Request:
        return Request(input=as_list(self.input), normalize=True, dimensions=self.dimensions)

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


class Vectors(RootModel[list[list[float]]]):
    """One vector for each text, also when a single text was sent."""

    model_config = with_example([FOUND["embedding"]])


class Reading(BaseModel):
    """How texts are read before they are embedded."""

    model_config = LENIENT
    truncate: bool | None = field_of(Request, "truncate", default=None)
    truncation_direction: AnyCase | None = field_of(Request, "truncation_direction", default=None)
    prompt_name: str | None = field_of(Request, "prompt_name")


class FeatureExtraction(Reading, Body):
    """Texts to embed as `InferenceClient.feature_extraction` and TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar = (Vectors,)
    example: ClassVar = {"inputs": EXAMPLE["input"]}
    inputs: Texts
    normalize: bool | None = field_of(Request, "normalize", description="Bring vectors to unit length; the default.")
    dimensions: int | None = field_of(Request, "dimensions")
    encoding_format: Literal["float"] | None = None

    def request(self) -> Request:
        return Request(input=as_list(self.inputs), **{"normalize": True, **options_of(Request, self)})

    def answer(self, reply: Reply, model: str) -> str:
        return f"[{','.join(arrays(reply))}]"

    def answer_bytes(self, dimensions: int | None) -> int:
        return int(len(as_list(self.inputs)) * (self.dimensions or dimensions or 0) * NUMBER_BYTES)


class SimilarityInputs(BaseModel):
    """One sentence, and those to compare it with."""

    model_config = LENIENT
    source_sentence: Text
    sentences: list[Text] = Field(min_length=1, fail_fast=True)


class Similarities(RootModel[list[float]]):
    """The cosine of each sentence with the source, in the order of the sentences."""

    model_config = with_example([0.7423, 0.0318])


class SentenceSimilarity(Body):
    """Sentences to compare as `InferenceClient.sentence_similarity` and TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar = (Similarities,)
    example: ClassVar = {
        "inputs": {
            "source_sentence": EXAMPLE["input"],
            "sentences": ["She swims across the water in the morning.", "The invoice is due on Friday."],
        }
    }
    inputs: SimilarityInputs
    parameters: Reading | None = None

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        return isinstance(value.get("inputs"), dict)

    def request(self) -> Request:
        texts = [self.inputs.source_sentence, *self.inputs.sentences]
        return Request(input=texts, normalize=True, **options_of(Request, self.parameters))

    def answer(self, reply: Reply, model: str) -> str:
        source, *others = vectors_of(reply)
        # The vectors have unit length, so that their product is the cosine.
        return json.dumps([sum(map(mul, source, other)) for other in others], allow_nan=False)


ENDPOINTS = (
    Endpoint(body=EmbeddingsBody),
    Endpoint(body=SentenceSimilarity, error_form=StringError, tag="Hugging Face"),
    Endpoint(body=FeatureExtraction, error_form=StringError, tag="Hugging Face"),
    Endpoint(path="/embed", body=FeatureExtraction, error_form=StringError, tag="TEI"),
    Endpoint(path="/similarity", body=SentenceSimilarity, error_form=StringError, tag="TEI"),
)
