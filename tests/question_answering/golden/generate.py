"""Asks the question-answering pipeline of transformers 4.57 and keeps its answers as `cases.json`.

    python -m venv golden-venv
    golden-venv/bin/pip install torch==2.13.0 'transformers==4.57.*' sentencepiece protobuf tqdm
    golden-venv/bin/python -m tests.question_answering.golden.generate

Where one of the corrections of `corrected.py` changes what the pipeline answers, the case holds the corrected answers
too, and which corrections did it. A case is dropped when two neighbours among its answers, or the first one left out,
are nearer than `NEAR` in score.
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

from tests.question_answering.golden import tiny
from tests.question_answering.golden.corrected import CORRECTIONS, CorrectedPipeline

FOLDER = Path(__file__).parent
READER = FOLDER.parents[2] / "models" / "embedded" / "reader"
NEAR = 1e-3
# How often each question is asked, with other parameters every time.
ROUNDS = 2
TOKENIZERS = {
    "bert": "BertTokenizerFast",
    "mobilebert": "MobileBertTokenizerFast",
    "distilbert": "DistilBertTokenizerFast",
    "xlm-roberta": "XLMRobertaTokenizerFast",
    "albert": "AlbertTokenizerFast",
    "roberta": "RobertaTokenizerFast",
}
# What the cases ask for, in turn.
PARAMETERS: tuple[dict[str, Any], ...] = (
    {},
    {"top_k": 3},
    {"handle_impossible_answer": True, "top_k": 5},
    {"align_to_words": False},
    {"max_answer_len": 1},
    {"max_answer_len": 4, "top_k": 2},
    {"max_answer_len": 200},
    {"max_seq_len": 64, "doc_stride": 0},
    {"max_seq_len": 56, "doc_stride": 12, "top_k": 2},
    {"handle_impossible_answer": True},
    {"align_to_words": False, "top_k": 4, "max_answer_len": 30},
    {"max_seq_len": 96},
    {"top_k": 5},
)
LONG_PARAMETERS: tuple[dict[str, Any], ...] = (
    {},
    {"top_k": 2},
    {"doc_stride": 60, "handle_impossible_answer": True},
    {"max_seq_len": 100, "doc_stride": 1},
    {"align_to_words": False, "top_k": 2},
)


def texts() -> list[dict[str, Any]]:
    """The texts with their questions."""
    loaded: list[dict[str, Any]] = json.loads((FOLDER / "texts.json").read_text(encoding="utf-8"))
    return loaded


def asked(model: int) -> Iterator[dict[str, Any]]:
    """What one model is asked: `contexts` names the texts that are joined by blank lines. Turns differ by model."""
    known = texts()
    turn = itertools.count(model * 5)
    for key, question in [(text["id"], question) for text in known for question in text["questions"]] * ROUNDS:
        parameters = PARAMETERS[next(turn) % len(PARAMETERS)]
        yield {"question": question, "contexts": [key], "parameters": parameters}
    for i, parameters in enumerate(LONG_PARAMETERS):
        own = [known[(7 * i + 3 * model + j) % len(known)] for j in range(4 + 4 * i)]
        yield {
            "question": own[-1]["questions"][0],
            "contexts": [text["id"] for text in own],
            "parameters": parameters,
        }


def pipeline_of(name: str, directory: Path) -> CorrectedPipeline:
    """The reference pipeline of the reader or of a tiny family."""
    if name == "reader":
        network = transformers.AutoModelForQuestionAnswering.from_pretrained(READER)
        return CorrectedPipeline(model=network, tokenizer=transformers.AutoTokenizer.from_pretrained(READER))
    tiny.save(name, directory)
    tokenizer = getattr(transformers, TOKENIZERS[name])(
        tokenizer_file=str(directory / "tokenizer.json"), model_max_length=tiny.FAMILIES[name].max_tokens
    )
    network = transformers.AutoModelForQuestionAnswering.from_pretrained(directory)
    return CorrectedPipeline(model=network, tokenizer=tokenizer)


def near(found: list[dict[str, Any]]) -> bool:
    """Whether two neighbours are nearly tied."""
    return any(a["score"] - b["score"] < NEAR for a, b in itertools.pairwise(found))


def compact(found: list[dict[str, Any]]) -> list[list[float]]:
    """Answers as [start, end, score]."""
    return [[answer["start"], answer["end"], round(answer["score"], 7)] for answer in found]


def case(pipeline: CorrectedPipeline, known: dict[str, str], asking: dict[str, Any]) -> dict[str, Any] | None:
    """One case, or None where its answers are near ties."""
    parameters = dict(asking["parameters"])
    top_k = parameters.pop("top_k", 1)
    context = "\n\n".join(known[key] for key in asking["contexts"])
    more = pipeline(question=asking["question"], context=context, **parameters, top_k=top_k + 1)
    if not more["pipeline"] or near(more["pipeline"]) or near(more["corrected"]):
        return None
    found = pipeline(question=asking["question"], context=context, **parameters, top_k=top_k)
    kept = {**asking, "answers": compact(found["pipeline"])}
    if compact(found["corrected"]) != kept["answers"]:
        reasons = [name for name in CORRECTIONS if compact(found[name]) != kept["answers"]]
        kept |= {"corrected": compact(found["corrected"]), "reasons": reasons}
    return kept


def cases(number: int, name: str) -> Iterator[dict[str, Any]]:
    """One model's cases."""
    known = {text["id"]: text["context"] for text in texts()}
    with tempfile.TemporaryDirectory() as directory:
        pipeline = pipeline_of(name, Path(directory))
        for asking in tqdm(list(asked(number)), desc=name):
            kept = case(pipeline, known, asking)
            if kept is not None:
                yield {"model": name, **kept}


def main() -> None:
    """Write `cases.json`, a case a line."""
    torch.set_num_threads(1)
    names = ["reader", *tiny.FAMILIES]
    lines = [json.dumps(c, ensure_ascii=False) for number, name in enumerate(names) for c in cases(number, name)]
    (FOLDER / "cases.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
