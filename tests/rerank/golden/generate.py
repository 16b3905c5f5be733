"""Asks transformers and sentence-transformers for scores and keeps them as `cases.json`.

    python -m tests.rerank.golden.generate

A pair's logit is that of transformers' own forward, one pair at a time; `CrossEncoder.predict`, which pads a batch,
has to agree, with and without its sigmoid. For a document in windows it is the best logit of the windows that
transformers' own tokenizer makes with `stride`.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import CrossEncoder
from tqdm import tqdm
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.rerank.golden import tiny

FOLDER = Path(__file__).parent
TEXTS = FOLDER.parents[1] / "question_answering" / "golden" / "texts.json"
# Documents beside a query's own: the texts this far behind it, most of them in other languages.
OTHERS = (1, 6, 11)
OVERLAP_TOKENS = 64
AGREES_WITHIN = 2e-5


def texts() -> list[dict[str, Any]]:
    """Return the texts with their questions."""
    loaded: list[dict[str, Any]] = json.loads(TEXTS.read_text(encoding="utf-8"))
    return loaded


def asked() -> Iterator[dict[str, Any]]:
    """Yield what each model is asked: `query` is a text and its question, `documents` are texts to be joined."""
    known = texts()
    names = [text["id"] for text in known]
    for place, text in enumerate(known):
        documents = [[names[(place + step) % len(names)]] for step in (0, *OTHERS)]
        yield {"query": [text["id"], place % len(text["questions"])], "documents": documents, "options": {}}
    for place in range(0, len(known), 3):
        query = [names[place], 0]
        documents = [[names[(place + step + i) % len(names)] for i in range(2 + step)] for step in range(4)]
        yield {"query": query, "documents": documents, "options": {}}
        cut = {"max_windows": 1, "truncation_direction": "left" if place % 2 else "right"}
        yield {"query": query, "documents": documents, "options": cut}
        # A query as long as a document: both are cut.
        yield {"query": [names[place], None], "documents": documents, "options": cut}


def logits(network: Any, tokenizer: Any, query: str, document: str, options: dict[str, Any]) -> float:
    """Return transformers' score of one pair."""
    if "max_windows" in options:
        how: dict[str, Any] = {"truncation": "longest_first"}
    else:
        how = {"truncation": "only_second", "stride": OVERLAP_TOKENS, "return_overflowing_tokens": True}
    tokenizer.truncation_side = options.get("truncation_direction", "right")
    encoded = tokenizer(query, document, max_length=tiny.MAX_TOKENS, **how)
    rows = {name: encoded[name] for name in tokenizer.model_input_names}
    if "max_windows" in options:
        rows = {name: [row] for name, row in rows.items()}
    best = -np.inf
    for values in zip(*rows.values(), strict=True):
        with torch.inference_mode():
            output = network(**{name: torch.tensor([value]) for name, value in zip(rows, values, strict=True)})
        best = max(best, output.logits.item())
    return best


def check(directory: Path, cases: list[dict[str, Any]], known: dict[str, dict[str, Any]]) -> None:
    """Hold the cases that are cut on the right against sentence-transformers."""
    model = CrossEncoder(str(directory), device="cpu", max_length=tiny.MAX_TOKENS)
    right = [case for case in cases if case["options"].get("truncation_direction") == "right"]
    pairs = [(query_of(case, known), document) for case in right for document in documents_of(case, known)]
    expected = np.array([logit for case in right for logit in case["logits"]])
    raw = model.predict(pairs, activation_fn=torch.nn.Identity())
    probabilities = model.predict(pairs)
    assert np.abs(raw - expected).max() < AGREES_WITHIN * 10, np.abs(raw - expected).max()
    assert np.abs(probabilities - 1 / (1 + np.exp(-expected))).max() < AGREES_WITHIN


def query_of(case: dict[str, Any], known: dict[str, dict[str, Any]]) -> str:
    """Return a case's query: a question of a text, or the text itself."""
    key, number = case["query"]
    query: str = known[key]["context"] if number is None else known[key]["questions"][number]
    return query


def documents_of(case: dict[str, Any], known: dict[str, dict[str, Any]]) -> list[str]:
    """Return a case's documents."""
    return ["\n\n".join(known[key]["context"] for key in keys) for keys in case["documents"]]


def cases_of(name: str, directory: Path) -> list[dict[str, Any]]:
    """Return all cases of one family."""
    tiny.save(name, directory)
    network = AutoModelForSequenceClassification.from_pretrained(directory, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(directory)
    known = {text["id"]: text for text in texts()}
    cases = []
    for asking in asked():
        query, documents = query_of(asking, known), documents_of(asking, known)
        found = [logits(network, tokenizer, query, document, asking["options"]) for document in documents]
        cases.append({"model": name, **asking, "logits": [round(logit, 6) for logit in found]})
    check(directory, cases, known)
    return cases


def main() -> None:
    """Write `cases.json`, one case a line."""
    torch.set_num_threads(1)
    cases = []
    for name in tqdm(tiny.FAMILIES):
        with tempfile.TemporaryDirectory() as directory:
            cases += cases_of(name, Path(directory))
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    (FOLDER / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
