"""The answers of the token-classification pipeline of transformers, kept in `golden/cases.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contract import Model
from tests.token_classification.checkpoints import Checkpoints, Runtime
from tests.token_classification.golden import tiny

GOLDEN = Path(__file__).parent / "golden"
TEXTS = tiny.texts()
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
SCORES_WITHIN: dict[Runtime, float] = {"torch": 1e-4, "onnx": 1e-3}


def test_there_are_enough_cases_that_are_the_pipelines_own() -> None:
    own = [case for case in CASES if "corrected" not in case]
    assert len(own) >= 300
    assert {case["model"] for case in own} == set(tiny.FAMILIES)
    assert len({TEXTS[key]["language"] for case in own for key in case["texts"]}) >= 15
    assert {case["options"]["aggregation_strategy"] for case in own} == {"none", "simple", "first", "average", "max"}
    assert sum("stride" in case["options"] for case in own) >= 40
    assert sum(len(case["answers"]) for case in own) >= 2_000


def test_every_difference_has_a_reason_that_the_readme_gives() -> None:
    argued = (GOLDEN / "README.md").read_text(encoding="utf-8")
    for case in CASES:
        assert ("corrected" in case) == bool(case.get("reasons"))
        assert all(f"`{reason}`" in argued for reason in case.get("reasons", []))


@pytest.mark.torch
@pytest.mark.parametrize("runtime", ["torch", "onnx"])
@pytest.mark.parametrize("name", tiny.FAMILIES)
def test_a_runtime_answers_as_the_pipeline(checkpoints: Checkpoints, name: str, runtime: Runtime) -> None:
    model = checkpoints.model(name, runtime)
    cases = [case for case in CASES if case["model"] == name]
    assert [problem for case in cases for problem in problems(model, case, SCORES_WITHIN[runtime])] == []


def problems(model: Model, case: dict[str, Any], within: float) -> list[str]:
    """How a model's entities in a case differ from the expected ones."""
    text = "\n\n".join(TEXTS[key]["context"] for key in case["texts"])[: case.get("characters")]
    expected = case.get("corrected", case["answers"])
    found = model.infer({"text": [text], **case["options"]}).result["results"][0]["entities"]
    assert all(text[one["start"] : one["end"]] == one["word"] for one in found)
    named = [
        [one.get("entity_group") or one["entity"], one["start"], one["end"], *_of_token(one), one["score"]]
        for one in found
    ]
    wanted = [[*answer[:3], *answer[4:], answer[3]] for answer in expected]
    if [one[:-1] for one in named] != [one[:-1] for one in wanted]:
        return [f"{case}: {named}"]
    drift = max((abs(ours[-1] - theirs[-1]) for ours, theirs in zip(named, wanted, strict=True)), default=0)
    return [f"{case}: scores differ by {drift}"] if drift > within else []


def _of_token(one: dict[str, Any]) -> list[Any]:
    return [one["index"], one["token"]] if "token" in one else []
