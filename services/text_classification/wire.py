"""What callers send to text classification and get: the native format, Hugging Face's and TEI's.

TEI: https://github.com/huggingface/text-embeddings-inference (docs/openapi.json, /predict).
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Discriminator, Field, RootModel, Tag

from services.text_classification.request import NO_SECOND, Function, Reply, Request
from shared.body import LENIENT, Body, Fields, OneOrMany, as_json, as_list, field_of, options_of, text_of, with_example
from shared.error_forms import StringError, TeiError
from shared.errors import InvalidRequest
from shared.wire import Endpoint, at_paths

TEXT = "The staff were kind and the room was spotless."
FOUND: dict[str, Any] = {"label": "POSITIVE", "score": 0.9998}
INPUTS = "'inputs' must be a string, a list of one string or of two that are a pair, or a list of such lists."
Text = Annotated[str, text_of(Request, "text")]


class Label(BaseModel):
    """One of the model's labels and its score."""

    label: str = Field(description="One of the model's labels.")
    score: float = Field(description="How well it fits, from 0 to 1; a logit where no function is applied.")


class Classification(Label):
    """The best label of one text. `labels` lists all that were asked for, unless `top_k` is 1."""

    labels: list[Label] | None = Field(
        description="All labels that were asked for, best first; only where `top_k` is not 1.",
        default=None,
        exclude_if=lambda value: value is None,
    )


class ClassificationOfOne(Classification):
    """The labels of one text, and the model that gave them."""

    model_config = with_example({**FOUND, "model": "sentiment"})
    model: str = Field(description="The id of the model that answered.")


class ClassificationOfMany(BaseModel):
    """One result for each text."""

    model_config = with_example({"results": [FOUND], "model": "sentiment"})
    results: list[Classification] = Field(description="One result for each text, in their order.")
    model: str = Field(description="The id of the model that answered.")


class Labels(RootModel[list[Label]]):
    """The labels of one text, best first."""


class LabelLists(RootModel[list[list[Label]]]):
    """The labels of each text, best first."""


class ClassificationBody(Body):
    """A text or a list of them, each with its `text_pair` where pairs are to be classified."""

    answers: ClassVar = (ClassificationOfOne, ClassificationOfMany)
    example: ClassVar = {"text": TEXT}
    text: OneOrMany[Text] = Field(description="The text to classify, or a list of texts.")
    text_pair: OneOrMany[Annotated[str, text_of(Request, "text_pair")]] | None = Field(
        default=None, description="The second text of each pair, where the model classifies pairs."
    )
    top_k: int | None = field_of(Request, "top_k", default=1, description="How many labels to return, best first.")
    function_to_apply: Function | None = field_of(Request, "function_to_apply")
    truncate: bool = field_of(Request, "truncate")

    def request(self) -> Request:
        second = None if self.text_pair is None else as_list(self.text_pair)
        return Request(**{**options_of(Request, self), "text": as_list(self.text), "text_pair": second})

    def answer(self, reply: Reply, model: str) -> str:
        results = [best[0] if self.top_k == 1 else {**best[0], "labels": best} for best in reply["results"]]
        is_one = isinstance(self.text, str)
        return as_json({**results[0], "model": model} if is_one else {"results": results, "model": model})


class ClassificationParameters(Fields):
    """The parameters of the Hugging Face pipeline."""

    model_config = LENIENT
    top_k: int | None = field_of(Request, "top_k")
    function_to_apply: Function | None = field_of(Request, "function_to_apply")


class TextPair(Fields):
    """A text, or two that are classified together."""

    model_config = LENIENT
    text: Text = Field(description="The first text.")
    text_pair: Text | None = Field(default=None, description="The second text.")


TextOrPair = Annotated[
    Annotated[Text, Tag("one")] | Annotated[TextPair, Tag("pair")],
    Discriminator(lambda value: "pair" if isinstance(value, dict) else "one"),
]


class TextClassification(Body):
    """Texts as `InferenceClient.text_classification` sends them."""

    model_config = LENIENT
    answers: ClassVar = (LabelLists,)
    example: ClassVar = {"inputs": TEXT, "parameters": {"top_k": 2}}
    names: ClassVar = {"text": "inputs", "text_pair": "inputs"}
    inputs: OneOrMany[TextOrPair] = Field(
        description="The text to classify, an object of two texts, or a list of these."
    )
    parameters: ClassificationParameters | None = Field(
        default=None, description="How to classify; the defaults where left out."
    )

    def request(self) -> Request:
        inputs: list[str | TextPair] = self.inputs if isinstance(self.inputs, list) else [self.inputs]
        given = [TextPair(text=one) if isinstance(one, str) else one for one in inputs]
        first, second = [one.text for one in given], [one.text_pair or NO_SECOND for one in given]
        has_pairs = any(one.text_pair for one in given)
        return Request(text=first, text_pair=second if has_pairs else None, **options_of(Request, self.parameters))

    def answer(self, reply: Reply, model: str) -> str:
        return as_json(reply["results"])


class Prediction(Body):
    """A text, a list of one text or of the two of a pair, or a list of such lists, as TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar = (Labels, LabelLists)
    example: ClassVar = {"inputs": TEXT}
    inputs: OneOrMany[OneOrMany[Text]] = Field(
        description="A text, or a list of one text or of the two of a pair, or a list of such lists."
    )
    raw_scores: bool = Field(default=False, description="Return the logits.")
    truncate: bool | None = field_of(Request, "truncate")

    def request(self) -> Request:
        inputs: Any = self.inputs
        batch = [as_list(one) for one in (inputs if self._is_batch else [inputs])]
        if any(len(one) > 2 or isinstance(one[-1], list) for one in batch):
            raise InvalidRequest(INPUTS, param="inputs")
        return Request(
            text=[one[0] for one in batch],
            text_pair=[(one[1:] or [NO_SECOND])[0] for one in batch] if any(one[1:] for one in batch) else None,
            function_to_apply="none" if self.raw_scores else None,
            truncate=self.truncate is not False,
        )

    def answer(self, reply: Reply, model: str) -> str:
        return as_json(reply["results"] if self._is_batch else reply["results"][0])

    def name_of(self, field: str, item: int | None = None) -> str:
        if field not in ("text", "text_pair"):
            return super().name_of(field, item)
        place = f"inputs[{item}]" if self._is_batch and item is not None else "inputs"
        of_item = self.inputs[item or 0] if self._is_batch else self.inputs
        return f"{place}[{int(field == 'text_pair')}]" if item is not None and isinstance(of_item, list) else place

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        # Hugging Face's clients always send parameters, and read an answer that is a list deeper.
        return super().accepts(value) and "parameters" not in value

    @property
    def _is_batch(self) -> bool:
        return isinstance(self.inputs[0], list)


ROOTS = ("/", "/invocations")
ENDPOINTS = (
    Endpoint(body=ClassificationBody),
    Endpoint(body=TextClassification, error_form=StringError, tag="Hugging Face"),
    *at_paths("/predict", *ROOTS, body=Prediction, error_form=TeiError, tag="TEI"),
    *at_paths(*ROOTS, body=TextClassification, error_form=StringError, tag="Hugging Face"),
)


def model_type(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what TEI's `/info` says of such a model."""
    labels = config.get("labels", [])
    return {
        "classifier": {
            "id2label": {str(number): label for number, label in enumerate(labels)},
            "label2id": {label: number for number, label in enumerate(labels)},
        }
    }
