"""What TEI's clients send to a model's tokenizer, and get.

Schemas: docs/openapi.json of https://github.com/huggingface/text-embeddings-inference (/tokenize, /decode).
"""

from typing import ClassVar

from pydantic import BaseModel, Field, RootModel

from services.embeddings.request import TOKEN_BYTES, Reply, Request
from services.embeddings.tei import TEXT, ManyIds, Text
from shared.body import LENIENT, Body, OneOrMany, as_json, as_list, field_of, with_example


class Piece(BaseModel):
    """A token of a text: `text` is what it stands for, from byte `start` of the UTF-8 text to `stop`."""

    id: int = Field(description="The token's number in the vocabulary.")
    text: str = Field(description="What it stands for in the text.")
    special: bool = Field(description="Whether it is one of the model's own marks and no part of the text.")
    start: int | None = Field(description="Where it begins in the text, in bytes of UTF-8; null for a special token.")
    stop: int | None = Field(description="Where it ends in the text, in bytes of UTF-8; null for a special token.")


class Pieces(RootModel[list[list[Piece]]]):
    """The tokens of each text. A special token stands for no bytes."""

    model_config = with_example([[{"id": 2088, "text": "world", "special": False, "start": 6, "stop": 11}]])


class Tokenization(Body):
    """Texts to tokenize. They are never cut."""

    model_config = LENIENT
    answers: ClassVar = (Pieces,)
    example: ClassVar = {"inputs": TEXT}
    names: ClassVar = {"input": "inputs"}
    inputs: OneOrMany[Text] = Field(description="The text to cut into tokens, or a list of texts.")
    add_special_tokens: bool = Field(default=True, description="Put the model's special tokens around each text.")
    prompt_name: str | None = field_of(Request, "prompt_name")

    def request(self) -> Request:
        return Request(
            input=as_list(self.inputs),
            operation="tokenize",
            special_tokens=self.add_special_tokens,
            prompt_name=self.prompt_name,
        )

    def answer(self, reply: Reply, model: str) -> str:
        return f"[{','.join(reply['texts'])}]"

    def answer_bytes(self, dimensions: int | None) -> int:
        return TOKEN_BYTES * sum(map(len, as_list(self.inputs))) // 2


class Texts(RootModel[list[str]]):
    """The text of each list of ids."""

    model_config = with_example([TEXT.lower()])


class Decoding(Body):
    """Token ids of the model's own vocabulary to turn into text."""

    model_config = LENIENT
    answers: ClassVar = (Texts,)
    example: ClassVar = {"ids": [101, 7592, 2088, 102]}
    names: ClassVar = {"input": "ids"}
    ids: ManyIds = Field(description="Token ids of one text, or a list of such lists.")
    skip_special_tokens: bool = Field(default=True, description="Leave special tokens out of the text.")

    def request(self) -> Request:
        lists = self.ids if isinstance(self.ids[0], list) else [self.ids]
        texts = [as_json(one) for one in lists]
        return Request(input=texts, operation="decode", is_json=True, special_tokens=not self.skip_special_tokens)

    def answer(self, reply: Reply, model: str) -> str:
        return as_json(reply["texts"])
