"""From a checkpoint to the smallest artifact that passes the gate: a tiny encoder through the whole pipeline."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.artifact import make
from models.cache import Cache, intact
from models.candidate import THREADS
from models.job import Job
from models.texts import Paragraph, pairs
from services.embeddings.model import Floats, decode_vectors
from shared.catalog import CatalogError
from shared.contract import load
from shared.manifest import Manifest
from tests.models.project import Project, project

pytestmark = pytest.mark.torch

# The encoder knows nothing, so that paragraphs lie close together and the nearest one says little.
LENIENT = {"cosine_mean": 0.98, "cosine_min": 0.9, "nearest_same": 0.0}
# What no 8 bits reach, and float does.
STRICT = {**LENIENT, "cosine_min": 0.999999}
FALLEN = r"cosine_min is 0\.9\d+; at least 0\.999999 is allowed\."


@pytest.fixture(scope="module")
def texts() -> list[Paragraph]:
    return pairs()[::9]


def made(job: Job, folder: Path) -> Path:
    """The artifact of `job`."""
    artifact, scratch = folder / "artifact", folder / "scratch"
    artifact.mkdir()
    scratch.mkdir()
    make(job, scratch, artifact)
    return artifact


def embedded(job: Job, artifact: Path) -> Floats:
    request = {"input": [text.paragraph for text in job.texts], "normalize": True}
    return decode_vectors(load(artifact, threads=1).infer(request).result)


@pytest.fixture(scope="module")
def whole(letters: Path, texts: list[Paragraph], tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, Path]:
    """What `auto` makes under a lenient gate."""
    folder = tmp_path_factory.mktemp("whole")
    job = project(folder / "project", letters).job(texts, gate=LENIENT)
    return job, made(job, folder)


def test_auto_takes_int8_where_it_is_good_enough(whole: tuple[Job, Path]) -> None:
    _, artifact = whole
    manifest = Manifest.read(artifact)
    assert manifest.quantization == "int8"
    assert manifest.export["refused"] == {}
    assert manifest.export["fused"] == {"attention": 2, "gelu": 2, "layer_norm": 5}
    assert manifest.export["quantizer"]["linear_layers"] == 8
    assert manifest.quality["gate"] == LENIENT
    assert manifest.quality["cosine_min"] >= 0.9
    assert set(manifest.files) == {"model.onnx", "model.onnx.data", "tokenizer.json"}
    assert intact(artifact)


def test_auto_falls_back_to_float_and_says_what_was_refused(
    here: Project, texts: list[Paragraph], tmp_path: Path
) -> None:
    manifest = Manifest.read(made(here.job(texts, gate=STRICT), tmp_path))
    assert manifest.quantization == "none"
    assert list(manifest.export["refused"]) == ["int8", "mixed"]
    for (sentence,) in manifest.export["refused"].values():
        assert re.fullmatch(FALLEN, sentence)


def test_int8_that_fails_stops_with_the_numbers_and_the_remedy(
    here: Project, texts: list[Paragraph], tmp_path: Path
) -> None:
    job = here.job(texts, gate=STRICT, quantize="int8")
    says = rf"models\.toml: \[letters\] quantize: int8 is refused: {FALLEN} Choose a milder quantization, or lower"
    with pytest.raises(CatalogError, match=says):
        made(job, tmp_path)
    assert list((tmp_path / "artifact").iterdir()) == []


def test_the_manifest_holds_what_the_artifact_answers(whole: tuple[Job, Path]) -> None:
    _, artifact = whole
    example = Manifest.read(artifact).example
    assert load(artifact, threads=THREADS).infer(example["request"]).result == example["result"]


def test_a_gate_that_is_off_judges_nothing_and_says_so(here: Project, texts: list[Paragraph], tmp_path: Path) -> None:
    manifest = Manifest.read(made(here.job(texts, gate="off"), tmp_path))
    assert manifest.quality == {"gate": "off"}
    assert manifest.quantization == "int8"


def test_a_threshold_that_nothing_measures_is_said_before_any_work(
    here: Project, texts: list[Paragraph], tmp_path: Path
) -> None:
    says = r"\[letters\] gate: speed is not measured; embeddings has cosine_mean, cosine_min, nearest_same\."
    with pytest.raises(CatalogError, match=says):
        made(here.job(texts, gate={"speed": 1.0}), tmp_path)


def test_texts_that_calibrate_do_not_judge(here: Project) -> None:
    job = here.job(pairs())
    calibrating = {text.paragraph for text in job.calibrating}
    assert len(calibrating) >= len(pairs()) // 6
    assert calibrating.isdisjoint(text.paragraph for text in job.judging)
    assert len(job.calibrating) + len(job.judging) == len(job.texts)


# The way past 2 GB, walked with few bytes


def test_weights_past_the_limit_lie_beside_the_graph_and_answer_the_same(
    whole: tuple[Job, Path], tmp_path: Path
) -> None:
    job = replace(whole[0], external_bytes=1000)
    cache = Cache(tmp_path / "cache")
    with cache.filling("key") as (scratch, artifact):
        make(job, scratch, artifact)
    placed = tmp_path / "placed"
    assert cache.install("key", placed, model_id="placed", license="MIT")
    assert set(Manifest.read(placed).files) == {"model.onnx", "model.onnx.data", "tokenizer.json"}
    assert intact(placed)
    assert (placed / "model.onnx.data").stat().st_size > 10_000
    assert (embedded(job, placed) == embedded(*whole)).all()


def test_float_weights_past_the_limit_lie_beside_the_graph_too(
    here: Project, texts: list[Paragraph], tmp_path: Path
) -> None:
    job = here.job(texts, gate=STRICT, quantize="none", external_bytes=1000)
    artifact = made(job, tmp_path).rename(tmp_path / "moved")
    assert set(Manifest.read(artifact).files) == {"model.onnx", "model.onnx.data", "tokenizer.json"}
    assert np.isfinite(embedded(job, artifact)).all()
