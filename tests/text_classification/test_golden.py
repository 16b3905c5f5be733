"""The answers of the text-classification pipeline of transformers, kept in `golden/cases.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contract import Model
from tests.text_classification.checkpoints import RUNTIMES, Runtime, model
from tests.text_classification.golden.generate import named, texts
from tests.text_classification.golden.tiny import CLASSIFIERS

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "golden" / "cases.json").read_text(encoding="utf-8"))
WITHIN: dict[Runtime, float] = {"torch": 1e-5, "onnx": 1e-4}

pytestmark = pytest.mark.torch


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(CASES) >= 900
    assert {case["model"] for case in CASES} == set(CLASSIFIERS)
    languages = {text["id"]: text["language"] for text in texts()}
    assert len({languages[name.partition("#")[0]] for case in CASES for name in case["texts"]}) >= 15
    assert {len(case["texts"]) for case in CASES} == {1, 2}
    assert {tiny.problem_type for tiny in CLASSIFIERS.values()} >= {None, "regression", "multi_label_classification"}
    assert {len(tiny.labels) for tiny in CLASSIFIERS.values()} >= {1, 2, 3, 6}
    undecided = [name for name, tiny in CLASSIFIERS.items() if len(best_labels(name)) < min(2, len(tiny.labels))]
    assert undecided == []


def best_labels(name: str) -> set[str]:
    return {case["labels"][0][0] for case in CASES if case["model"] == name}


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_runtime_answers_as_the_pipeline(name: str, runtime: Runtime, tmp_path: Path) -> None:
    own = model(name, runtime, tmp_path)
    found = [(case, problem(own, case, WITHIN[runtime])) for case in CASES if case["model"] == name]
    assert [(case, problem) for case, problem in found if problem] == []


def problem(model: Model, case: dict[str, Any], within: float) -> str | None:
    """Say how a model's labels differ from the pipeline's; None where they do not."""
    first, *second = named(case["texts"])
    request = {"text": [first], "top_k": 1, **case["parameters"], **({"text_pair": second} if second else {})}
    (labels,) = model.infer(request).result["results"]
    if [one["label"] for one in labels] != [label for label, _ in case["labels"]]:
        return f"labels are {labels}"
    drift = max(abs(one["score"] - score) for one, (_, score) in zip(labels, case["labels"], strict=True))
    return f"scores differ by {drift}" if drift > within else None
