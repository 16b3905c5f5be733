"""The gate's own part: which thresholds hold, what no number is worth, and that the float model is asked once."""

import math
from pathlib import Path
from typing import Any, Self

import pytest

from models.gate import judge, remembered, thresholds
from models.service import Build
from models.texts import Paragraph
from shared.catalog import CatalogError
from shared.contract import Inference, Model
from shared.manifest import Facts
from tests.models.project import BARE, Project

TEXTS = [Paragraph(language="en", paragraph="Cats purr.", questions=("Who purrs?",))]


class Counting:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.unloaded = False

    @classmethod
    def load(cls, directory: Path, threads: int) -> Self:
        return cls()

    def infer(self, request: dict[str, Any]) -> Inference:
        self.asked += 1
        return Inference(result={"asked": self.asked}, tokens=1)

    def unload(self) -> None:
        self.unloaded = True


class Measured:
    """A service's `build.py` whose figures are given."""

    GATE = {"nearness": 0.9, "speed": 0.5}

    def __init__(self, **figures: float) -> None:
        self.figures = figures

    def facts(self, checkpoint: Path) -> Facts:
        return Facts(max_tokens=8, dimensions=None, config={})

    def export(self, checkpoint: Path, directory: Path) -> dict[str, Any]:
        return {}

    def sequences(self, texts: object) -> list[tuple[str, ...]]:
        return []

    def calibrate(self, reference: Model, texts: object) -> dict[str, Any]:
        return {}

    def quality(self, reference: Model, candidate: Model, texts: object) -> dict[str, float]:
        return self.figures

    def failures(self, quality: dict[str, float], thresholds: dict[str, float]) -> list[str]:
        return [f"{name} is {quality[name]}." for name, least in thresholds.items() if quality[name] < least]

    def example(self, native: dict[str, Any]) -> dict[str, Any]:
        return native


def limits(bare: Project, **entry: object) -> dict[str, float] | None:
    written = bare.catalog(letters={**BARE, **entry})
    return thresholds(written["letters"], Measured(), written)


def judged(build: Build) -> tuple[dict[str, float], list[str]]:
    return judge(build, Counting(), Counting(), TEXTS, build.GATE)


def test_an_entry_without_thresholds_has_its_services(bare: Project) -> None:
    assert limits(bare) == Measured.GATE


def test_an_entry_replaces_single_thresholds(bare: Project) -> None:
    assert limits(bare, gate={"speed": 0.7}) == {"nearness": 0.9, "speed": 0.7}


def test_a_gate_that_is_off_has_none(bare: Project) -> None:
    assert limits(bare, gate="off") is None


def test_a_threshold_that_nothing_measures_is_said(bare: Project) -> None:
    says = r"models\.toml: \[letters\] gate: size is not measured; embeddings has nearness, speed\."
    with pytest.raises(CatalogError, match=says):
        limits(bare, gate={"size": 0.7})


def test_figures_that_reach_their_thresholds_pass() -> None:
    assert judged(Measured(nearness=0.95, speed=1.0)) == ({"nearness": 0.95, "speed": 1.0}, [])


def test_a_figure_that_does_not_is_a_sentence() -> None:
    assert judged(Measured(nearness=0.5, speed=1.0))[1] == ["nearness is 0.5."]


@pytest.mark.parametrize("figure", ["nearness", "speed", "beside"])
def test_a_figure_that_is_no_number_is_refused_even_where_no_threshold_asks_for_it(figure: str) -> None:
    figures = {"nearness": 1.0, "speed": 1.0, "beside": 1.0} | {figure: math.nan}
    assert judged(Measured(**figures))[1] == [f"{figure} is nan."]


def test_a_model_is_asked_the_same_only_once() -> None:
    model = Counting()
    once = remembered(model, "float model")
    answers = [
        once.infer(request).result["asked"] for request in ({"input": ["a"]}, {"input": ["b"]}, {"input": ["a"]})
    ]
    once.unload()
    assert answers == [1, 2, 1]
    assert model.unloaded
