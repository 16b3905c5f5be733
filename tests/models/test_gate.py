"""The gate: which thresholds hold, which figures miss them, and that a model is asked the same only once."""

import math
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models.gate import Cached, failures, thresholds
from models.service import Facts
from shared.catalog import CatalogError
from shared.contract import NO_DEADLINE, Deadline, Inference, Model
from tests.models.project import BARE, Project


class Counting:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        self.asked += 1
        return Inference(result={"asked": self.asked}, tokens=1)


class Measured:
    """A task's `build.py`."""

    AUTO_CLASS = "AutoModel"
    OUTPUTS = {"last_hidden_state": "token"}
    GATE = {"nearness": 0.9, "speed_drift": 0.5}

    def facts(self, checkpoint: Path) -> Facts:
        return Facts(max_tokens=8, pad_token_id=0)

    def sequences(self, texts: object) -> list[tuple[str, ...]]:
        return []

    def calibrate(self, reference: Model, texts: object) -> dict[str, Any]:
        return {}

    def quality(self, reference: Model, candidate: Model, texts: object) -> dict[str, float]:
        return {}


def limits(bare: Project, **entry: object) -> dict[str, float] | None:
    written = bare.catalog(letters={**BARE, **entry})
    return thresholds(written["letters"], Measured(), written)


def test_an_entry_without_thresholds_has_its_services(bare: Project) -> None:
    assert limits(bare) == Measured.GATE


def test_an_entry_replaces_single_thresholds(bare: Project) -> None:
    assert limits(bare, gate={"speed_drift": 0.7}) == {"nearness": 0.9, "speed_drift": 0.7}


def test_a_gate_that_is_off_has_none(bare: Project) -> None:
    assert limits(bare, gate="off") is None


def test_a_threshold_that_nothing_measures_is_said(bare: Project) -> None:
    says = r"models\.toml: \[letters\] gate: size is not measured; embeddings has nearness, speed_drift\."
    with pytest.raises(CatalogError, match=says):
        limits(bare, gate={"size": 0.7})


def test_figures_at_their_thresholds_pass() -> None:
    assert failures({"nearness": 0.9, "speed_drift": 0.5}, Measured.GATE) == []


def test_a_figure_below_its_least_value_or_above_its_greatest_is_a_sentence() -> None:
    assert failures({"nearness": 0.5, "speed_drift": 0.51}, Measured.GATE) == [
        "nearness is 0.5000; at least 0.9 is allowed.",
        "speed_drift is 0.5100; at most 0.5 is allowed.",
    ]


@pytest.mark.parametrize("figure", ["nearness", "speed_drift", "beside"])
def test_a_figure_that_is_no_number_is_refused_even_where_no_threshold_asks_for_it(figure: str) -> None:
    figures = {"nearness": 1.0, "speed_drift": 0.0, "beside": 1.0} | {figure: math.nan}
    assert failures(figures, Measured.GATE) == [f"{figure} is nan."]


def test_a_model_is_asked_the_same_only_once() -> None:
    with closing(Cached(Counting(), "float model")) as once:
        requests = ({"input": ["a"]}, {"input": ["b"]}, {"input": ["a"]})
        assert [once.infer(request).result["asked"] for request in requests] == [1, 2, 1]
