"""The wire formats of reranking: Cohere's and Jina's, which is the native one, and that of Text Embeddings Inference.

References: https://docs.cohere.com/reference/rerank, https://api.jina.ai/docs, and docs/openapi.json in
https://github.com/huggingface/text-embeddings-inference.
"""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from services.rerank.request import Direction, Reply, Request
from shared.errors import InvalidRequest, ModelError
from shared.wire import LENIENT, TASK_PATH, Body, Endpoint, StringError, field_of, text_of

QUERY = "How long is the bridge?"
DOCUMENTS = ["The bridge is 84 metres long and made of granite.", "The mill at Harn makes electricity."]


def _text_or_object(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise PydanticCustomError("document", "must be a string or an object with a text")
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Query = Annotated[str, text_of(Request, "query")]
Document = Annotated[str | dict[str, Any], BeforeValidator(_text_or_object)]


class Result(BaseModel):
    """How relevant the document at `index` is, with the document itself where it was asked for."""

    index: int
    relevance_score: float
    document: dict[str, Any] | None = None


class Ranking(BaseModel):
    """The documents, most relevant first. `usage` and `meta` count the tokens that the model read."""

    model: str
    object: str
    results: list[Result]
    usage: dict[str, int]
    meta: dict[str, dict[str, int]]


class RerankBody(Body):
    """A query and its documents, as Cohere's and Jina's clients send them."""

    answers: ClassVar = (Ranking,)
    example: ClassVar = {"query": QUERY, "documents": DOCUMENTS}
    query: Query = field_of(Request, "query")
    documents: list[Document] = field_of(Request, "documents", min_length=1)
    top_n: int | None = Field(default=None, ge=1, description="How many documents to return; all where left out.")
    return_documents: bool | None = Field(default=None, description="Return each document beside its score.")
    rank_fields: list[str] | None = Field(
        default=None, min_length=1, description="The fields of documents that are objects; `text` where left out."
    )
    max_chunks_per_doc: int | None = field_of(Request, "max_windows")
    max_tokens_per_doc: int | None = field_of(Request, "max_tokens")
    raw_scores: bool | None = field_of(Request, "raw_scores")
    priority: int | None = Field(default=None, description="Accepted for Cohere's clients, and not used.")

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        """Say that `texts` are TEI's."""
        return "texts" not in value

    def request(self) -> Request:
        """Return the task's request. Raises InvalidRequest for a document without text."""
        return Request(
            query=self.query,
            documents=[self._text(index, document) for index, document in enumerate(self.documents)],
            raw_scores=bool(self.raw_scores),
            max_tokens=self.max_tokens_per_doc,
            max_windows=self.max_chunks_per_doc,
        )

    def _text(self, index: int, document: Any) -> str:
        if isinstance(document, str):
            return readable(document)
        fields = self.rank_fields or ["text"]
        parts = [document[name] for name in fields if name in document]
        if not parts or not all(isinstance(part, str) for part in parts):
            problem = "must have a 'text', or one of the 'rank_fields', that is a string."
            raise InvalidRequest(f"'documents[{index}]' {problem}", param="documents", item=index)
        return readable("\n".join(parts))

    def answer(self, reply: Reply, model: str) -> str:
        """Return Cohere's and Jina's answer."""
        results = [
            {"index": index, "relevance_score": score, **self._shown(index)}
            for index, score in ranked(reply)[: self.top_n]
        ]
        tokens = sum(reply["tokens"])
        usage, meta = {"prompt_tokens": tokens, "total_tokens": tokens}, {"tokens": {"input_tokens": tokens}}
        return compact({"model": model, "object": "list", "results": results, "usage": usage, "meta": meta})

    def _shown(self, index: int) -> dict[str, Any]:
        document = self.documents[index]
        shown = {"text": document} if isinstance(document, str) else document
        return {"document": shown} if self.return_documents else {}


class Rank(BaseModel):
    """How relevant the text at `index` is, with the text itself where it was asked for."""

    index: int
    text: str | None = None
    score: float


class Ranks(RootModel[list[Rank]]):
    """The texts, most relevant first."""


class TeiBody(Body):
    """A query and its texts as TEI's clients send them; TEI ignores fields that it does not know, and so do we."""

    model_config = LENIENT
    answers: ClassVar = (Ranks,)
    example: ClassVar = {"query": QUERY, "texts": DOCUMENTS}
    query: Query = field_of(Request, "query")
    texts: list[str] = field_of(Request, "documents", min_length=1)
    raw_scores: bool | None = field_of(Request, "raw_scores")
    return_text: bool | None = Field(default=None, description="Return each text beside its score.")
    truncate: bool | None = Field(
        default=None,
        description="Cut long texts, or refuse them; where left out, they are read in windows and the best counts.",
    )
    truncation_direction: Annotated[Direction | None, BeforeValidator(_lower)] = field_of(
        Request, "truncation_direction"
    )

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        """Say that `documents` are Cohere's and Jina's."""
        return "documents" not in value

    def request(self) -> Request:
        """Return the task's request."""
        return Request(
            query=self.query,
            documents=[readable(text) for text in self.texts],
            raw_scores=bool(self.raw_scores),
            max_windows=None if self.truncate is None else 1,
            truncate=self.truncate is not False,
            truncation_direction=self.truncation_direction or "right",
        )

    def answer(self, reply: Reply, model: str) -> str:
        """Return TEI's answer."""
        shown = [{"text": text} if self.return_text else {} for text in self.texts]
        return compact([{"index": index, **shown[index], "score": score} for index, score in ranked(reply)])


def readable(text: str) -> str:
    """Return the text, an empty one as a space: no empty document refuses all the others."""
    return text or " "


def ranked(reply: Reply) -> list[tuple[int, float]]:
    """Return index and score of each document, best first and first come first. Raises ModelError."""
    if not all(map(math.isfinite, reply["scores"])):
        raise ModelError("The model answered with a score that is not finite.")
    return sorted(enumerate(reply["scores"]), key=lambda scored: -scored[1])


def compact(value: Any) -> str:
    """Return a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


ENDPOINTS = (
    Endpoint(path=TASK_PATH, body=RerankBody),
    Endpoint(path=TASK_PATH, body=TeiBody, error_form=StringError),
    Endpoint(path="/v2/rerank", body=RerankBody, tag="Cohere", summary="Rank documents as Cohere's clients do"),
    Endpoint(path="/rerank", body=TeiBody, error_form=StringError, tag="TEI", summary="Rank texts as TEI's clients do"),
    Endpoint(path="/rerank", body=RerankBody, tag="TEI"),
)
