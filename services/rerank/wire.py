"""What callers send to a reranker and get: Cohere's and Jina's format, which is the native one, and TEI's.

References: https://docs.cohere.com/reference/rerank, https://api.jina.ai/docs, and docs/openapi.json of
https://github.com/huggingface/text-embeddings-inference.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, Field, RootModel

from services.rerank.request import Reply, Request
from shared.body import LENIENT, Body, as_json, field_of, options_of, text_of, with_example
from shared.error_forms import StringError, TeiError
from shared.errors import InvalidRequest, ModelError
from shared.request import Direction
from shared.rules import EMPTY
from shared.wire import Endpoint, at_paths

QUERY = "How long is the bridge?"
DOCUMENTS = ["The bridge is 84 metres long and made of granite.", "The mill at Harn makes electricity."]
USAGE = {"prompt_tokens": 43, "total_tokens": 43}


def refuse_textless(value: Any) -> Any:
    """Refuse a document that is neither a text nor an object with one."""
    if value == "":
        raise ValueError(EMPTY)
    if not isinstance(value, str) and not (isinstance(value, dict) and any(map(is_text, value.values()))):
        raise ValueError("must be a string, or an object that has a text.")
    return value


def is_text(value: Any) -> bool:
    """Say whether a value is a text that is not empty."""
    return isinstance(value, str) and value != ""


Query = Annotated[str, text_of(Request, "query")]
Text = Annotated[str, text_of(Request, "documents")]
Document = Annotated[str | dict[str, Any], BeforeValidator(refuse_textless)]
# TEI also writes it with a capital.
AnyCase = Annotated[Direction, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]


def ranked(reply: Reply) -> list[tuple[int, float]]:
    """Return index and score of each document, best first; equal ones in their order. Raises ModelError."""
    if not all(map(math.isfinite, reply["scores"])):
        raise ModelError("The model answered with a score that is not finite.")
    return sorted(enumerate(reply["scores"]), key=lambda scored: -scored[1])


class RankedDocument(BaseModel):
    """How relevant the document at `index` is, and the document itself where it was asked for."""

    index: int = Field(description="The index of the document in the request, from 0.")
    relevance_score: float = Field(
        description="How relevant it is, from 0 to 1; with `raw_scores` the model's own score."
    )
    document: dict[str, Any] | None = Field(default=None, description="The document, where `return_documents` is true.")


class Ranking(BaseModel):
    """The documents, most relevant first; `usage` and, for Cohere's clients, `meta` count the tokens that were read."""

    model_config = with_example(
        {
            "object": "list",
            "model": "rerank",
            "results": [{"index": 0, "relevance_score": 0.9824}, {"index": 1, "relevance_score": 0.0007}],
            "usage": USAGE,
            "meta": {"tokens": {"input_tokens": 43}},
        }
    )
    object: str = Field(description="Always `list`.")
    model: str = Field(description="The id of the model that answered.")
    results: list[RankedDocument] = Field(description="The documents, most relevant first.")
    usage: dict[str, int] = Field(description="Tokens that the model read.")
    meta: dict[str, dict[str, int]] = Field(description="The same tokens, as Cohere's clients read them.")


class RerankBody(Body):
    """A query and its documents, as Cohere's and Jina's clients send them."""

    answers: ClassVar = (Ranking,)
    example: ClassVar = {"query": QUERY, "documents": DOCUMENTS}
    names: ClassVar = {"max_windows": "max_chunks_per_doc", "max_tokens": "max_tokens_per_doc"}
    query: Query = Field(description="What is looked for.")
    documents: list[Document] = Field(min_length=1, fail_fast=True, description="Texts, or objects that have one.")
    top_n: int | None = Field(default=None, ge=1, description="How many documents to return; all where left out.")
    return_documents: bool | None = Field(default=None, description="Return each document beside its score.")
    rank_fields: Annotated[list[str], Field(min_length=1, fail_fast=True)] | None = Field(
        default=None, description="An object's fields that are read, in order; `text` where left out."
    )
    max_chunks_per_doc: int | None = field_of(Request, "max_windows")
    max_tokens_per_doc: int | None = field_of(Request, "max_tokens")
    raw_scores: bool | None = field_of(Request, "raw_scores")
    priority: int | None = Field(default=None, description="Accepted for Cohere's clients, and not used.")

    def request(self) -> Request:
        return Request(
            query=self.query,
            documents=[self._text(index, one) for index, one in enumerate(self.documents)],
            max_windows=self.max_chunks_per_doc,
            max_tokens=self.max_tokens_per_doc,
            **options_of(Request, self),
        )

    def _text(self, index: int, given: str | dict[str, Any]) -> str:
        if isinstance(given, str):
            return given
        parts = [given[name] for name in self.rank_fields or ["text"] if name in given]
        if not all(isinstance(part, str) for part in parts) or not any(parts):
            problem = "must have a 'text', or one of the 'rank_fields', that is a string and not empty."
            raise InvalidRequest(f"'documents[{index}]' {problem}", param="documents", item=index)
        return "\n".join(parts)

    def answer(self, reply: Reply, model: str) -> str:
        best = ranked(reply)[: self.top_n]
        results = [{"index": index, "relevance_score": score, **self._shown(index)} for index, score in best]
        tokens = sum(reply["tokens"])
        usage, meta = {"prompt_tokens": tokens, "total_tokens": tokens}, {"tokens": {"input_tokens": tokens}}
        return as_json({"object": "list", "model": model, "results": results, "usage": usage, "meta": meta})

    def _shown(self, index: int) -> dict[str, Any]:
        given = self.documents[index]
        return {"document": {"text": given} if isinstance(given, str) else given} if self.return_documents else {}


class Rank(BaseModel):
    """How relevant the text at `index` is, and the text itself where it was asked for."""

    index: int = Field(description="The index of the text in the request, from 0.")
    text: str | None = Field(default=None, description="The text, where `return_text` is true.")
    score: float = Field(description="How relevant it is, from 0 to 1; with `raw_scores` the model's own score.")


class Ranks(RootModel[list[Rank]]):
    """The texts, most relevant first."""

    model_config = with_example([{"index": 0, "score": 0.9824}, {"index": 1, "score": 0.0007}])


class TeiBody(Body):
    """A query and its texts, as TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar = (Ranks,)
    example: ClassVar = {"query": QUERY, "texts": DOCUMENTS}
    names: ClassVar = {"documents": "texts"}
    query: Query = Field(description="What is looked for.")
    texts: list[Text] = Field(min_length=1, fail_fast=True, description="The texts to judge.")
    raw_scores: bool | None = field_of(Request, "raw_scores")
    return_text: bool | None = Field(default=None, description="Return each text beside its score.")
    truncate: bool | None = Field(
        default=None, description="Cut long texts, or refuse them; where left out, the best of their windows counts."
    )
    truncation_direction: AnyCase | None = field_of(Request, "truncation_direction", default=None)

    def request(self) -> Request:
        windows = None if self.truncate is None else 1
        return Request(query=self.query, documents=self.texts, max_windows=windows, **options_of(Request, self))

    def answer(self, reply: Reply, model: str) -> str:
        texts = [{"text": text} if self.return_text else {} for text in self.texts]
        return as_json([{"index": index, **texts[index], "score": score} for index, score in ranked(reply)])


ENDPOINTS = (
    Endpoint(body=RerankBody),
    Endpoint(body=TeiBody, error_form=StringError, tag="TEI"),
    Endpoint(path="/v2/rerank", body=RerankBody, tag="Cohere"),
    *at_paths("/rerank", "/", "/invocations", body=TeiBody, error_form=TeiError, tag="TEI"),
    Endpoint(path="/rerank", body=RerankBody, tag="TEI"),
)


def model_type(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what TEI's `/info` says of such a model: its one label has no name."""
    return {"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}}
