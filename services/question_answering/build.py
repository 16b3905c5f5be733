"""From an extractive checkpoint to an artifact: export, calibration, and the figures of the quality gate.

Not part of any image.
"""

import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.service import Paragraph
from services.question_answering.torch_model import input_names, open_network
from shared.contract import Model
from shared.manifest import Facts

# Same top answer as the float model, and how far its score and the null score may drift on average. See `quality`.
GATE = {"same_answer": 0.96, "mean_score_drift": 0.05, "mean_null_drift": 0.05}

# Architectures whose token and position inputs the engine and the export have been held against.
POSITIONS_AFTER_PADDING = {"roberta", "xlm-roberta", "camembert"}
ARCHITECTURES = {"bert", "mobilebert", "distilbert", "albert", "electra"} | POSITIONS_AFTER_PADDING
OPSET = 17
# Questions in one request of the gate: enough to fill batches, few enough to keep progress steady.
GROUP = 32


def facts(checkpoint: Path) -> Facts:
    """What a checkpoint's configuration files say. Raises ValueError for one that cannot be served."""
    config = _read(checkpoint / "config.json")
    kind = config.get("model_type")
    if kind not in ARCHITECTURES:
        raise ValueError(f"its model_type is {kind!r}; question answering serves {', '.join(sorted(ARCHITECTURES))}.")
    if not any(name.endswith("ForQuestionAnswering") for name in config.get("architectures") or []):
        raise ValueError("its architecture has no question-answering head; name a checkpoint fine-tuned for it.")
    padding = config.get("pad_token_id")
    if padding is None:
        padding = 1 if kind in POSITIONS_AFTER_PADDING else 0
    positions = config["max_position_embeddings"] - (padding + 1 if kind in POSITIONS_AFTER_PADDING else 0)
    stated = _read(checkpoint / "tokenizer_config.json").get("model_max_length") or positions
    return Facts(max_tokens=int(min(positions, stated)), dimensions=None, config={"pad_token_id": padding})


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


class _Logits(torch.nn.Module):
    """A checkpoint with positional tensors in and out, as the exporter wants them."""

    def __init__(self, network: Any, inputs: list[str]) -> None:
        super().__init__()
        self._network = network
        self._inputs = inputs

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        output = self._network(**dict(zip(self._inputs, inputs, strict=True)))
        return output.start_logits, output.end_logits


def export(checkpoint: Path, directory: Path) -> dict[str, Any]:
    """Write float32 `model.onnx` into `directory`, with its weights beside it past 2 GB; returns what it did."""
    network = open_network(checkpoint, attn_implementation="eager")
    inputs = input_names(network)
    outputs = ["start_logits", "end_logits"]
    with torch.inference_mode(), warnings.catch_warnings():
        # That this exporter is the older of the two, and that a traced graph holds constants.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Logits(network, inputs),
            tuple(torch.ones(2, 8, dtype=torch.long) for _ in inputs),
            str(directory / "model.onnx"),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "batch", 1: "sequence"} for name in inputs + outputs},
            opset_version=OPSET,
            dynamo=False,
        )
    return {"exporter": f"torch {torch.__version__}, TorchScript", "opset": OPSET, "inputs": inputs}


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """What the model reads of the texts: each question with its paragraph."""
    return list(_pairs(texts))


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """The null score that best tells answerable questions from others, measured on the float model.

    Answerable are the texts' own pairs; unanswerable the same questions put to the next paragraph of their language.
    Best is the threshold with the highest mean of the two shares told right (Youden's J).
    """
    own = _null_scores(reference, list(_pairs(texts)))
    strange = _null_scores(reference, list(_strange_pairs(texts)))
    scores = np.unique(np.concatenate((own, strange)))
    # Between two scores, so that a candidate's small drift turns neither; they span many magnitudes.
    thresholds = np.sqrt(scores[:-1] * scores[1:])
    answered = np.searchsorted(np.sort(own), thresholds, side="left") / len(own)
    refused = 1 - np.searchsorted(np.sort(strange), thresholds, side="left") / len(strange)
    best = int(np.argmax(answered + refused))
    data = f"{len(own)} own question/paragraph pairs, and {len(strange)} with another paragraph"
    shares = f"answered {answered[best]:.3f} of the former, refused {refused[best]:.3f} of the latter"
    return {"no_answer_threshold": float(thresholds[best]), "no_answer_threshold_data": f"{data}; {shares}"}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """How near the candidate's top answers are to the reference's, over all question/paragraph pairs.

    `same_answer`: the share whose top answer is the same span. `mean_score_drift`, `mean_null_drift`: the mean absolute
    difference of the top score and of the null score. Also the largest score drift, and the number of pairs.
    """
    pairs = list(_pairs(texts))
    ours, theirs = list(_results(candidate, pairs)), list(_results(reference, pairs))
    tops = [(_top(a), _top(b)) for a, b in zip(ours, theirs, strict=True)]
    drifts = [abs(a["score"] - b["score"]) for a, b in tops]
    nulls = [abs(a["no_answer_score"] - b["no_answer_score"]) for a, b in zip(ours, theirs, strict=True)]
    return {
        "same_answer": sum((a["start"], a["end"]) == (b["start"], b["end"]) for a, b in tops) / len(tops),
        "mean_score_drift": float(np.mean(drifts)),
        "mean_null_drift": float(np.mean(nulls)),
        "max_score_drift": max(drifts),
        "pairs": len(pairs),
    }


def _top(result: dict[str, Any]) -> dict[str, Any]:
    """The best answer; a model whose logits are no numbers has none, and a score that no gate lets pass."""
    answers = result["answers"]
    return answers[0] if answers else {"start": -1, "end": -1, "score": float("nan")}


def failures(quality: dict[str, float], thresholds: dict[str, float]) -> list[str]:
    """One sentence for each figure that misses its threshold: shares are least values, drifts greatest."""
    return [
        f"{name} is {quality[name]:.4f} over {quality['pairs']:.0f} pairs, {wanted} {limit} is allowed."
        for name, limit in thresholds.items()
        for wanted in ["at most" if name.endswith("_drift") else "at least"]
        if (quality[name] > limit) == (wanted == "at most") and quality[name] != limit
    ]


def example(native: dict[str, Any]) -> dict[str, Any]:
    """The service's request for a native request about one question and one context."""
    request = {name: value for name, value in native.items() if name != "model"}
    return {**request, "question": [native["question"]], "context": [native["context"]]}


Pair = tuple[str, str]


def _pairs(texts: Sequence[Paragraph]) -> Iterator[Pair]:
    for text in texts:
        yield from ((question, text.paragraph) for question in text.questions)


def _strange_pairs(texts: Sequence[Paragraph]) -> Iterator[Pair]:
    """Every question with the paragraph after its own, among those of its language."""
    for language in dict.fromkeys(text.language for text in texts):
        same = [text for text in texts if text.language == language]
        for text, other in zip(same, same[1:] + same[:1], strict=True):
            if other is not text:
                yield from ((question, other.paragraph) for question in text.questions)


def _results(model: Model, pairs: Sequence[Pair]) -> Iterator[dict[str, Any]]:
    for i in range(0, len(pairs), GROUP):
        questions, contexts = zip(*pairs[i : i + GROUP], strict=True)
        yield from model.infer({"question": list(questions), "context": list(contexts)}).result["results"]


def _null_scores(model: Model, pairs: Sequence[Pair]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([result["no_answer_score"] for result in _results(model, pairs)])
