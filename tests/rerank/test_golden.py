"""The scores of transformers and sentence-transformers, kept in `golden/cases.json`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.rerank.checkpoints import NAMES, Checkpoints, Runtime

GOLDEN = Path(__file__).parent / "golden"
TEXTS = {
    text["id"]: text
    for text in json.loads(
        (GOLDEN.parents[1] / "question_answering" / "golden" / "texts.json").read_text(encoding="utf-8")
    )
}
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
LOGITS_WITHIN: dict[Runtime, float] = {"torch": 1e-4, "onnx": 1e-3}


def asked(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case's request."""
    key, number = case["query"]
    query = TEXTS[key]["context"] if number is None else TEXTS[key]["questions"][number]
    documents = ["\n\n".join(TEXTS[key]["context"] for key in keys) for keys in case["documents"]]
    return {"query": query, "documents": documents, "raw_scores": True, **case["options"]}


def test_the_cases_are_of_many_architectures_languages_and_lengths() -> None:
    assert {case["model"] for case in CASES} == set(NAMES)
    assert len({TEXTS[case["query"][0]]["language"] for case in CASES}) >= 10
    assert sum(len(case["logits"]) for case in CASES) >= 1000
    # Logits are apart, so that a model that reads nothing right agrees with none of them.
    for name in NAMES:
        logits = [logit for case in CASES if case["model"] == name for logit in case["logits"]]
        assert np.std(logits) > 100 * max(LOGITS_WITHIN.values())


@pytest.mark.torch
@pytest.mark.parametrize("runtime", ["torch", "onnx"])
@pytest.mark.parametrize("name", NAMES)
def test_a_runtime_scores_as_transformers(checkpoints: Checkpoints, name: str, runtime: Runtime) -> None:
    model = checkpoints.model(name, runtime)
    for case in CASES:
        if case["model"] == name:
            scores = model.infer(asked(case)).result["scores"]
            assert scores == pytest.approx(case["logits"], abs=LOGITS_WITHIN[runtime]), case
