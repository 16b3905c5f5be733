"""Artifacts of the embedded models that must not be served, and the sentence with which the gate refuses each."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import quantize_dynamic

from models.gate import Cached, measure
from models.graph import FILE_NAME
from models.lock import open_source
from models.service import build_of
from models.texts import pairs
from shared.catalog import Catalog
from shared.contract import Model, load
from shared.encoder.export import export
from shared.manifest import Manifest

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[2]
# A few paragraphs in several languages, and their questions: enough to tell a model from a damaged one, in seconds.
TEXTS = pairs()[::40]
REFUSED = {
    "embeddings": r"cosine_mean is 0\.\d{4}; at least 0\.99 is allowed\.",
    "question_answering": r"same_answer is 0\.\d{4}; at least 0\.96 is allowed\.",
}
Weights = NDArray[np.generic]
Damage = Callable[[Weights], Weights]


def zeroed(weights: Weights) -> Weights:
    return np.zeros_like(weights)


def noise(weights: Weights) -> Weights:
    return np.random.default_rng(31).integers(-64, 65, weights.shape).astype(np.int8)


def no_number(weights: Weights) -> Weights:
    return np.full_like(weights, np.nan)


@dataclass(frozen=True)
class Bench:
    """An embedded model's float model, its float graph, its built artifact, and room for artifacts made from them."""

    service: str
    reference: Model
    graph: Path
    built: Path
    room: Path

    def judged(self, artifact: Path) -> list[str]:
        """What the gate says against an artifact."""
        build = build_of(self.service)
        return measure(build, self.reference, load(artifact, threads=1), TEXTS, build.GATE)[1]

    def artifact(self, name: str) -> Path:
        """A copy of the built artifact, whose graph is then replaced."""
        return shutil.copytree(self.built, self.room / name)


@pytest.fixture(scope="module", params=["qa", "embeddings"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    room = tmp_path_factory.mktemp(request.param)
    catalog = Catalog.read(ROOT / "models" / "embedded" / "models.toml")
    spec, built = catalog[request.param], catalog.artifact(request.param, ROOT)
    source = open_source(spec, catalog, room)
    checkpoint = source.fetch(source.find())
    (room / "exported").mkdir()
    build = build_of(spec.service)
    export(checkpoint, room / "exported", auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
    shutil.copytree(checkpoint, room / "float")
    shutil.copy(built / "tokenizer.json", room / "float")
    replace(Manifest.read(built), runtime="torch", quantization="none").write(room / "float")
    with closing(Cached(load(room / "float", threads=1), "float model")) as reference:
        yield Bench(spec.service, reference, room / "exported" / FILE_NAME, built, room)


def test_the_float_graph_passes(bench: Bench) -> None:
    artifact = bench.artifact("float-graph")
    shutil.copy(bench.graph, artifact / FILE_NAME)
    assert bench.judged(artifact) == []


@pytest.mark.parametrize("damage", [zeroed, noise])
def test_an_artifact_with_one_damaged_weight_is_refused(bench: Bench, damage: Damage) -> None:
    artifact = bench.artifact(damage.__name__)
    model = onnx.load(artifact / FILE_NAME)
    change(_middle(model, onnx.TensorProto.INT8, dimensions=2), damage)
    onnx.save_model(model, artifact / FILE_NAME)
    assert_refused(bench, artifact)


def test_an_artifact_that_answers_no_numbers_is_refused(bench: Bench) -> None:
    artifact = bench.artifact("no-number")
    model = onnx.load(artifact / FILE_NAME)
    change(_middle(model, onnx.TensorProto.FLOAT, dimensions=1), no_number)
    onnx.save_model(model, artifact / FILE_NAME)
    problem = bench.judged(artifact)[0]
    assert problem.startswith(("it does not answer (", "mean_score_drift is nan."))


def test_an_artifact_quantized_per_tensor_is_refused(bench: Bench) -> None:
    artifact = bench.artifact("per-tensor")
    quantize_dynamic(bench.graph, artifact / FILE_NAME, per_channel=False, reduce_range=True)
    assert_refused(bench, artifact)


def assert_refused(bench: Bench, artifact: Path) -> None:
    sentences = bench.judged(artifact)
    assert sentences
    assert re.fullmatch(REFUSED[bench.service], sentences[0])


def change(tensor: onnx.TensorProto, damage: Damage) -> None:
    tensor.CopyFrom(numpy_helper.from_array(damage(numpy_helper.to_array(tensor)), tensor.name))


def _middle(model: onnx.ModelProto, kind: int, dimensions: int) -> onnx.TensorProto:
    """A weight in the middle of the network."""
    found = [t for t in model.graph.initializer if t.data_type == kind and len(t.dims) == dimensions]
    middle: onnx.TensorProto = found[len(found) // 2]
    return middle
