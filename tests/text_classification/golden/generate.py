"""Asks the text-classification pipeline of transformers and keeps its answers as `cases.json`.

    python -m tests.text_classification.golden.generate

Texts are those of tests/question_answering/golden/texts.json: contexts, questions, and both as a pair. A case is
dropped when two neighbours among its labels, or the first one left out, are nearer than `NEAR` in score.
"""

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast, TextClassificationPipeline

from tests.text_classification.golden import tiny

# transformers leaves its constructors untyped.
fast_tokenizer: Callable[..., PreTrainedTokenizerFast] = PreTrainedTokenizerFast
pipeline: Callable[..., TextClassificationPipeline] = TextClassificationPipeline

FOLDER = Path(__file__).parent
TEXTS = FOLDER.parents[1] / "question_answering" / "golden" / "texts.json"
NEAR = 1e-4
# What the cases ask for, in turn; without "top_k" the pipeline gives the best label.
PARAMETERS: tuple[dict[str, Any], ...] = (
    {},
    {"top_k": None},
    {"top_k": 2},
    {"top_k": None, "function_to_apply": "sigmoid"},
    {"top_k": None, "function_to_apply": "softmax"},
    {"top_k": 3, "function_to_apply": "none"},
    {"top_k": 1},
)


@cache
def texts() -> list[dict[str, Any]]:
    """Return the texts with their questions."""
    loaded: list[dict[str, Any]] = json.loads(TEXTS.read_text(encoding="utf-8"))
    return loaded


def pipeline_of(name: str, directory: Path) -> TextClassificationPipeline:
    """Return the reference pipeline of a classifier."""
    tiny.save(name, directory)
    network = AutoModelForSequenceClassification.from_pretrained(directory)
    names = ["input_ids", "attention_mask"]
    if getattr(network.config, "type_vocab_size", 0) > 1:
        names.append("token_type_ids")
    tokenizer = fast_tokenizer(
        tokenizer_file=str(directory / "tokenizer.json"),
        model_max_length=tiny.CLASSIFIERS[name].max_tokens,
        model_input_names=names,
    )
    return pipeline(model=network, tokenizer=tokenizer)


def asked(number: int) -> Iterator[dict[str, Any]]:
    """Yield what one classifier is asked: `texts` names a text, or the text and its question that are a pair.

    A name is a text's id, with the number of one of its questions behind "#".
    """
    turn = itertools.count(number)
    for text in texts():
        question = f"{text['id']}#{number % len(text['questions'])}"
        for names in ([text["id"]], [question], [text["id"], question], [question, text["id"]]):
            yield {"texts": names, "parameters": PARAMETERS[next(turn) % len(PARAMETERS)]}


def named(names: list[str]) -> list[str]:
    """Return the texts of these names."""
    known = {text["id"]: text for text in texts()}
    parts = [name.partition("#") for name in names]
    return [known[key]["questions"][int(number)] if number else known[key]["context"] for key, _, number in parts]


def case(ask: TextClassificationPipeline, asking: dict[str, Any]) -> dict[str, Any] | None:
    """Return one case, or None where its labels are near ties."""
    first, *second = named(asking["texts"])
    inputs: Any = {"text": first, "text_pair": second[0]} if second else first
    every = ask(inputs, truncation=True, **{**asking["parameters"], "top_k": None})
    if any(a["score"] - b["score"] < NEAR for a, b in itertools.pairwise(every)):
        return None
    found = ask(inputs, truncation=True, **asking["parameters"])
    labels = [(one["label"], round(one["score"], 7)) for one in (found if isinstance(found, list) else [found])]
    return {**asking, "labels": labels}


def cases(number: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield one classifier's cases."""
    with tempfile.TemporaryDirectory() as directory:
        ask = pipeline_of(name, Path(directory))
        for asking in asked(number):
            kept = case(ask, asking)
            if kept is not None:
                yield {"model": name, **kept}


def main() -> None:
    """Write `cases.json`, a case a line."""
    torch.set_num_threads(1)
    found = (c for number, name in enumerate(tiny.CLASSIFIERS) for c in cases(number, name))
    lines = [json.dumps(c, ensure_ascii=False) for c in found]
    (FOLDER / "cases.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
