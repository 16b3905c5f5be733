"""The pipeline of transformers, and beside its answers those that each of our corrections would give.

Plain Python, written apart from the service: the service is held against it. What each correction is for: README.md.
"""

from typing import Any

import torch
from transformers import TokenClassificationPipeline
from transformers.pipelines.token_classification import AggregationStrategy

CORRECTIONS = ("words", "spaces")

Answer = dict[str, Any]
Pipeline: Any = TokenClassificationPipeline


class CorrectedPipeline(Pipeline):  # type: ignore[misc]
    """Answers with {"pipeline": its own answers, "corrected": all corrections, and each correction alone by name}.

    `noise` is the spread of a random number that is added to every logit, to find what is a near-tie.
    """

    noise = 0.0
    corrections: tuple[str, ...] = ()

    def _forward(self, model_inputs: Any) -> Any:
        outputs = super()._forward(model_inputs)
        outputs["logits"] = outputs["logits"] + self.noise * torch.randn(outputs["logits"].shape)
        return outputs

    def postprocess(
        self,
        all_outputs: Any,
        aggregation_strategy: Any = AggregationStrategy.NONE,
        ignore_labels: list[str] | None = None,
    ) -> Any:
        def answer(*corrections: str) -> list[Answer]:
            self.corrections = corrections
            found = super(CorrectedPipeline, self).postprocess(all_outputs, aggregation_strategy, ignore_labels)
            return trimmed(all_outputs[0]["sentence"], found) if "spaces" in corrections else found

        alone = {name: answer(name) for name in CORRECTIONS}
        return {"pipeline": answer(), "corrected": answer(*CORRECTIONS), **alone}

    def gather_pre_entities(self, *inputs: Any, **named: Any) -> list[Answer]:
        found: list[Answer] = super().gather_pre_entities(*inputs, **named)
        prefix = getattr(self.tokenizer.backend_tokenizer.model, "continuing_subword_prefix", None)
        if "words" in self.corrections and prefix:
            found = [{**token, "is_subword": token["word"].startswith(prefix)} for token in found]
        return found


def trimmed(text: str, found: list[Answer]) -> list[Answer]:
    """The answers without white space at their ends; what has no other text is no entity, yet may be a token."""
    kept = list[Answer]()
    for answer in found:
        start, end = answer["start"], answer["end"]
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end or "entity" in answer:
            kept.append({**answer, "start": start, "end": end})
    return kept
