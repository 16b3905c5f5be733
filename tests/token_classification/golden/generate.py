"""Asks the token-classification pipeline of transformers and keeps its answers as `cases.json`.

    python -m tests.token_classification.golden.generate

The environment is the project's own. Where one of the corrections of `corrected.py` changes what the pipeline answers,
the case holds the corrected answers too, and which corrections did it. A case is dropped when a little noise in the
logits changes its entities.
"""

import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from tqdm import tqdm

from tests.token_classification.golden import tiny
from tests.token_classification.golden.corrected import CORRECTIONS, CorrectedPipeline

FOLDER = Path(__file__).parent
NOISE = 5e-4
DRAWS = 2
# How often each text is asked about, with another strategy every time.
ROUNDS = 2
STRATEGIES = ("none", "simple", "first", "average", "max")
IGNORED: tuple[list[str] | None, ...] = (
    None,
    None,
    None,
    ["O", "PER", "MISC"],
    None,
    None,
    ["B-LOC", "I-ORG", "O"],
    [],
)
# How many texts are joined, and the stride asked for.
LONG = ((3, 0), (2, 1), (4, 16), (3, 40), (2, 64))


def asked(model: int) -> Iterator[dict[str, Any]]:
    """What one model is asked: `texts` names the texts that are joined by blank lines. Turns differ by model.

    Where no stride is asked for, the pipeline reads no more than the model does: `case` shortens the text.
    """
    known = list(tiny.texts())
    turn = itertools.count(model)
    for key, _ in itertools.product(known, range(ROUNDS)):
        number = next(turn)
        options: dict[str, Any] = {"aggregation_strategy": STRATEGIES[number % len(STRATEGIES)]}
        ignored = IGNORED[number % len(IGNORED)]
        yield {"texts": [key], "options": options if ignored is None else {**options, "ignore_labels": ignored}}
    for (number, (count, stride)), _ in itertools.product(enumerate(LONG), range(ROUNDS)):
        own = [known[(7 * number + 3 * model + i) % len(known)] for i in range(count)]
        # The pipeline takes no stride where it joins no tokens.
        strategy = STRATEGIES[1 + next(turn) % (len(STRATEGIES) - 1)]
        yield {"texts": own, "options": {"aggregation_strategy": strategy, "stride": stride}}


def pipeline_of(name: str, directory: Path) -> CorrectedPipeline:
    """The reference pipeline of a tiny family."""
    tiny.save(name, directory)
    network = transformers.AutoModelForTokenClassification.from_pretrained(directory, attn_implementation="eager")
    return CorrectedPipeline(model=network, tokenizer=transformers.AutoTokenizer.from_pretrained(directory))


def structure(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The answers without their scores."""
    return [(one.get("entity_group") or one["entity"], one["start"], one["end"]) for one in found]


def compact(found: list[dict[str, Any]]) -> list[list[Any]]:
    """Answers as [label, start, end, score], a token also with its index and its string."""
    return [
        [*place, round(float(one["score"]), 5), *([one["index"], one["word"]] if "index" in one else [])]
        for place, one in zip(structure(found), found, strict=True)
    ]


def case(pipeline: CorrectedPipeline, asking: dict[str, Any]) -> dict[str, Any] | None:
    """One case, or None where its answers are near ties."""
    known = tiny.texts()
    text = "\n\n".join(known[key]["context"] for key in asking["texts"])
    if "stride" not in asking["options"]:
        while len(pipeline.tokenizer(text)["input_ids"]) > pipeline.tokenizer.model_max_length:
            text = text[: len(text) * 4 // 5]
        asking = {**asking, "characters": len(text)}
    found = pipeline(text, **asking["options"])
    for _ in range(DRAWS):
        pipeline.noise = NOISE
        noisy = pipeline(text, **asking["options"])
        pipeline.noise = 0.0
        if any(structure(noisy[name]) != structure(found[name]) for name in found):
            return None
    kept = {**asking, "answers": compact(found["pipeline"])}
    if compact(found["corrected"]) != kept["answers"]:
        reasons = [name for name in CORRECTIONS if compact(found[name]) != kept["answers"]]
        kept |= {"corrected": compact(found["corrected"]), "reasons": reasons}
    return kept


def cases(number: int, name: str) -> Iterator[dict[str, Any]]:
    """One model's cases."""
    with tempfile.TemporaryDirectory() as directory:
        pipeline = pipeline_of(name, Path(directory))
        for asking in tqdm(list(asked(number)), desc=name):
            kept = case(pipeline, asking)
            if kept is not None:
                yield {"model": name, **kept}


def main() -> None:
    """Write `cases.json`, a case a line."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    kept = [found for number, name in enumerate(tiny.FAMILIES) for found in cases(number, name)]
    lines = [json.dumps(one, ensure_ascii=False) for one in kept]
    (FOLDER / "cases.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
