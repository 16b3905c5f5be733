"""The answers of the question-answering pipeline of transformers 4.57, kept in `golden/cases.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contract import Model
from tests.question_answering.checkpoints import NAMES, Checkpoints, Runtime, ask

GOLDEN = Path(__file__).parent / "golden"
TEXTS = {text["id"]: text for text in json.loads((GOLDEN / "texts.json").read_text(encoding="utf-8"))}
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
LARGEST = ("reader", "torch")
SCORES_WITHIN: dict[Runtime, float] = {"torch": 1e-4, "onnx": 1e-3}


def test_there_are_enough_cases_that_are_the_pipelines_own() -> None:
    own = [case for case in CASES if "corrected" not in case]
    assert len(own) >= 500
    assert {case["model"] for case in own} == set(NAMES)
    assert len({TEXTS[key]["language"] for case in own for key in case["contexts"]}) >= 15
    assert {case["parameters"].get("top_k", 1) for case in own} == {1, 2, 3, 5, 4}
    assert any(answer[:2] == [0, 0] for case in own for answer in case["answers"])
    assert max(len(case["contexts"]) for case in own) >= 16


def test_every_difference_has_a_reason_that_the_readme_gives() -> None:
    argued = (GOLDEN / "README.md").read_text(encoding="utf-8")
    for case in CASES:
        assert ("corrected" in case) == bool(case.get("reasons"))
        assert all(f"`{reason}`" in argued for reason in case.get("reasons", []))


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "runtime", "step"),
    [
        *((name, runtime, 1) for runtime in ("torch", "onnx") for name in NAMES if (name, runtime) != LARGEST),
        # The reader is a hundred times the size of the others, and on PyTorch only the reference.
        (*LARGEST, 10),
        pytest.param(*LARGEST, 1, marks=pytest.mark.slow),
    ],
)
def test_a_runtime_answers_as_the_pipeline(checkpoints: Checkpoints, name: str, runtime: Runtime, step: int) -> None:
    """`step` 10 asks every tenth case."""
    model = checkpoints.model(name, runtime)
    cases = [case for case in CASES if case["model"] == name][::step]
    assert len(cases) * step >= 50
    assert [problem for case in cases for problem in problems(model, case, SCORES_WITHIN[runtime])] == []


def problems(model: Model, case: dict[str, Any], within: float) -> list[str]:
    """How a model's answers to a case differ from the expected ones."""
    context = "\n\n".join(TEXTS[key]["context"] for key in case["contexts"])
    expected = case.get("corrected", case["answers"])
    answers = ask(model, case["question"], context, ranking="sum", **case["parameters"])["answers"]
    assert all(context[answer["start"] : answer["end"]] == answer["answer"] for answer in answers)
    spans = [[answer["start"], answer["end"]] for answer in answers]
    if spans != [[start, end] for start, end, _ in expected]:
        return [f"{case}: {spans}"]
    drifts = [abs(answer["score"] - score) for answer, (_, _, score) in zip(answers, expected, strict=True)]
    return [f"{case}: scores differ by {max(drifts)}"] if max(drifts, default=0) > within else []
