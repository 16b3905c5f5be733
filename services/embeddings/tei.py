"""What Hugging Face's and TEI's clients send to sentence embeddings and get.

Schemas: docs/openapi.json of https://github.com/huggingface/text-embeddings-inference.
"""

import struct
from collections.abc import Iterable, Mapping
from operator import mul
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, RootModel, Tag

from services.embeddings.request import Reply, Request, vectors_of
from shared.body import LENIENT, Body, Fields, OneOrMany, as_json, field_of, options_of, text_of, with_example
from shared.request import Direction

TEXT = "A swimmer crosses the lake before breakfast."
TOKEN_IDS = "must be text, not token ids. With LangChain's OpenAIEmbeddings set check_embedding_ctx_length=False."
# A float32 as JSON takes 12.2 on average: sign in half of them, "0.0", seven or eight digits, comma.
NUMBER_BYTES = 12.4


def refuse_token_ids(value: Any) -> Any:
    """Refuse the token ids that OpenAI takes: its tokenizer is not ours, and other ids mean other words."""
    if isinstance(value, list) and value and isinstance(value[0], int | list):
        raise ValueError(TOKEN_IDS)
    return value


Text = Annotated[str, text_of(Request, "input")]
Texts = Annotated[OneOrMany[Text], BeforeValidator(refuse_token_ids)]
Ids = Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1, fail_fast=True)]


def _branch(value: Any) -> str:
    if not isinstance(value, list):
        return "one"
    return "token ids" if value and isinstance(value[0], int) else "many"


TextOrIds = Annotated[
    Annotated[Text, Tag("one text")] | Annotated[Ids, Tag("token ids")],
    Discriminator(lambda value: "token ids" if isinstance(value, list) else "one text"),
]
TextsOrIds = Annotated[
    Annotated[Text, Tag("one")]
    | Annotated[Ids, Tag("token ids")]
    | Annotated[list[TextOrIds], Field(min_length=1, fail_fast=True), Tag("many")],
    Discriminator(_branch),
]
ManyIds = Annotated[
    Annotated[Ids, Tag("token ids")] | Annotated[list[Ids], Field(min_length=1, fail_fast=True), Tag("many")],
    Discriminator(
        lambda value: "many" if isinstance(value, list) and value and isinstance(value[0], list) else "token ids"
    ),
]
# TEI also writes it with a capital.
AnyCase = Annotated[Direction, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]


def arrays(reply: Reply) -> list[str]:
    """Return the vectors as JSON arrays, each number with the fewest digits that give back its float32 exactly."""
    length = reply["dimensions"]
    templates = {digits: " ".join([f"%.{digits}g"] * length) for digits in (9, 8, 7)}
    floats = struct.Struct(f"{length}f")
    return [f"[{','.join(_shortest(vector, templates, floats))}]" for vector in vectors_of(reply)]


def _shortest(vector: tuple[float, ...], templates: Mapping[int, str], floats: struct.Struct) -> Iterable[str]:
    nine, eight, seven = ((template % vector).split(" ") for template in templates.values())
    # Nine digits always do. Read back as float32, fewer may still be the same number.
    from_eight, from_seven = (floats.unpack(floats.pack(*map(float, written))) for written in (eight, seven))
    choices = zip(vector, nine, eight, seven, from_eight, from_seven, strict=True)
    return (g if exact == c else f if exact == b else e for exact, e, f, g, b, c in choices)


class Reading(Fields):
    """How texts are read before they are embedded."""

    model_config = LENIENT
    truncate: bool | None = field_of(Request, "truncate", default=None)
    truncation_direction: AnyCase | None = field_of(Request, "truncation_direction", default=None)
    prompt_name: str | None = field_of(Request, "prompt_name")


class Vectors(RootModel[list[list[float]]]):
    """One vector for each text, also when a single text was sent."""

    model_config = with_example([[0.0451, -0.0312, 0.0873]])


class FeatureExtraction(Reading, Body):
    """Texts to embed, or the model's own token ids, as Hugging Face's and TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar = (Vectors,)
    example: ClassVar = {"inputs": TEXT}
    inputs: TextsOrIds = Field(description="The text to embed, or a list of texts.")
    normalize: bool | None = field_of(Request, "normalize", description="Bring vectors to unit length; the default.")
    dimensions: int | None = field_of(Request, "dimensions")
    encoding_format: Literal["float"] | None = Field(
        default=None, description="Accepted for Hugging Face's clients; vectors are lists of numbers."
    )

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        return "inputs" in value and not isinstance(value["inputs"], dict)

    @property
    def _items(self) -> list[Any]:
        return [self.inputs] if _branch(self.inputs) in ("one", "token ids") else list(self.inputs)

    def request(self) -> Request:
        options = {"normalize": True, **options_of(Request, self)}
        if all(isinstance(item, str) for item in self._items):
            return Request(input=self._items, **options)
        return Request(input=[as_json(item) for item in self._items], is_json=True, **options)

    def name_of(self, field: str, item: int | None = None) -> str:
        if field != "input":
            return super().name_of(field, item)
        return "inputs" if item is None or _branch(self.inputs) in ("one", "token ids") else f"inputs[{item}]"

    def answer(self, reply: Reply, model: str) -> str:
        return f"[{','.join(arrays(reply))}]"

    def answer_bytes(self, dimensions: int | None) -> int:
        return int(len(self._items) * (self.dimensions or dimensions or 0) * NUMBER_BYTES)


class SimilarityInputs(Fields):
    """One sentence, and those to compare it with."""

    model_config = LENIENT
    source_sentence: Text = Field(description="The sentence to compare the others with.")
    sentences: list[Text] = Field(
        description="The sentences to compare, of which each gets one number.", min_length=1, fail_fast=True
    )


class Similarities(RootModel[list[float]]):
    """The cosine of each sentence with the source, in the order of the sentences."""

    model_config = with_example([0.7423, 0.0318])


class SentenceSimilarity(Body):
    """Sentences to compare as `InferenceClient.sentence_similarity` and TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar = (Similarities,)
    example: ClassVar = {
        "inputs": {
            "source_sentence": TEXT,
            "sentences": ["She swims across the water in the morning.", "The invoice is due on Friday."],
        }
    }
    inputs: SimilarityInputs = Field(description="What to compare.")
    parameters: Reading | None = Field(default=None, description="How to read the texts; the defaults where left out.")

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        inputs = value.get("inputs")
        return isinstance(inputs, dict) and not inputs.keys().isdisjoint(SimilarityInputs.model_fields)

    def request(self) -> Request:
        texts = [self.inputs.source_sentence, *self.inputs.sentences]
        return Request(input=texts, normalize=True, **options_of(Request, self.parameters))

    def name_of(self, field: str, item: int | None = None) -> str:
        if field != "input":
            return super().name_of(field, item)
        if not item:
            return "inputs" if item is None else "inputs.source_sentence"
        return f"inputs.sentences[{item - 1}]"

    def answer(self, reply: Reply, model: str) -> str:
        source, *others = vectors_of(reply)
        texts = zip(self.inputs.sentences, others, strict=True)
        return as_json([1.0 if text == self.inputs.source_sentence else cosine(source, other) for text, other in texts])


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the cosine of two vectors of unit length, which rounding would take past 1: exactly 1 for equal ones."""
    return 1.0 if one == other else max(-1.0, min(1.0, sum(map(mul, one, other))))
