"""What callers send and get for named entities, one class per wire format: the native one and Hugging Face's."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field, RootModel

from services.token_classification.request import Reply, Request, Strategy
from shared.body import LENIENT, Body, Fields, OneOrMany, as_json, as_list, field_of, options_of, text_of, with_example
from shared.error_forms import StringError
from shared.wire import TASK_PATH, Endpoint, at_paths

EXAMPLE = "Ada Lovelace was born in London and worked with Charles Babbage."
FOUND: dict[str, Any] = {"entity_group": "PER", "score": 0.998, "word": "Ada Lovelace", "start": 0, "end": 12}

Labels = Annotated[list[str], Field(fail_fast=True)]
Texts = OneOrMany[Annotated[str, text_of(Request, "text")]]


class Span(BaseModel):
    """Some of the text: `text[start:end] == word`, in Unicode code points."""

    score: float = Field(description="How sure the model is of the label, from 0 to 1.", allow_inf_nan=False)
    word: str = Field(description="The part of the text.")
    start: int = Field(description="Where it begins, in Unicode code points from the start of the text.", ge=0)
    end: int = Field(description="Where it ends, in Unicode code points; the first that is no longer part of it.", ge=0)


class Entity(Span):
    """A span that carries a label."""

    entity_group: str = Field(description="The label, such as `PER` for a person; each model has its own.")


class LabelledToken(Span):
    """A token that carries a label, as the strategy `none` gives it; Hugging Face's `word` is the token itself."""

    entity: str = Field(description="The label, with `B-` or `I-` before it where the model tells beginnings apart.")
    index: int = Field(description="Which token of the text it is.")


class Entities(BaseModel):
    """What was found in one text, in its order."""

    entities: list[Entity | LabelledToken] = Field(description="The entities, in the order of the text.")


class EntitiesInOne(Entities):
    """The entities of one text, and the model that found them."""

    model_config = with_example({"entities": [FOUND], "model": "ner"})
    model: str = Field(description="The id of the model that answered.")


class EntitiesInMany(BaseModel):
    """One result for each text, where a list was sent."""

    model_config = with_example({"results": [{"entities": [FOUND]}], "model": "ner"})
    results: list[Entities] = Field(description="One list of entities for each text, in their order.")
    model: str = Field(description="The id of the model that answered.")


class EntitiesBody(Body):
    """A text in which entities are found, or several."""

    answers: ClassVar = (EntitiesInOne, EntitiesInMany)
    example: ClassVar = {"text": EXAMPLE}
    text: Texts = Field(description="The text in which to find entities, or a list of texts.")
    aggregation_strategy: Strategy = field_of(Request, "aggregation_strategy")
    ignore_labels: Labels = field_of(Request, "ignore_labels", default=["O"])
    stride: int | None = field_of(Request, "stride")

    def request(self) -> Request:
        return Request(text=as_list(self.text), **options_of(Request, self))

    def answer(self, reply: Reply, model: str) -> str:
        results = [{"entities": [_without_token(one) for one in found["entities"]]} for found in reply["results"]]
        return as_json({**({"results": results} if isinstance(self.text, list) else results[0]), "model": model})


class EntityParameters(Fields):
    """The parameters of the Hugging Face pipeline. The default strategy is `simple`, as on Hugging Face's servers."""

    model_config = LENIENT
    aggregation_strategy: Strategy | None = field_of(Request, "aggregation_strategy", default=None)
    ignore_labels: Labels | None = field_of(Request, "ignore_labels", default=None)
    stride: int | None = field_of(Request, "stride")


class EntityList(RootModel[list[Entity | LabelledToken] | list[list[Entity | LabelledToken]]]):
    """The entities of one text, or for a list of texts a list of each one's."""

    model_config = with_example([FOUND])


class TokenClassification(Body):
    """A text, or several, as `InferenceClient.token_classification` sends it."""

    model_config = LENIENT
    answers: ClassVar = (EntityList,)
    example: ClassVar = {"inputs": EXAMPLE}
    names: ClassVar = {"text": "inputs"}
    inputs: Texts = Field(description="The text in which to find entities, or a list of texts.")
    parameters: EntityParameters | None = Field(
        default=None, description="How to find them; the defaults where left out."
    )

    def request(self) -> Request:
        return Request(text=as_list(self.inputs), **options_of(Request, self.parameters))

    def answer(self, reply: Reply, model: str) -> str:
        results = [[_with_token_as_word(one) for one in found["entities"]] for found in reply["results"]]
        return as_json(results if isinstance(self.inputs, list) else results[0])


def _without_token(found: Any) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "token"}


def _with_token_as_word(found: Any) -> dict[str, Any]:
    return _without_token({**found, "word": found.get("token", found["word"])})


ENDPOINTS = (
    Endpoint(body=EntitiesBody),
    *at_paths(TASK_PATH, "/", "/invocations", body=TokenClassification, error_form=StringError, tag="Hugging Face"),
)
