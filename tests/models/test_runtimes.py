"""A further runtime is one file: built from the checkpoint, judged, and loaded by the name in its manifest."""

import json
import shutil
from pathlib import Path

import pytest

import shared.catalog
import shared.encoder
from models.artifact import make
from models.job import Job
from models.texts import pairs
from shared.catalog import CatalogError
from shared.contract import load
from shared.manifest import Manifest
from tests.models.project import Project

pytestmark = pytest.mark.torch

# Runs the part of BERT before its first layer, which is all there is of a BERT without layers.
LOOKUPS = """
import numpy as np
from safetensors.numpy import load_file

ARTIFACT = "checkpoint"


def open_network(directory, manifest, threads):
    return Lookups(load_file(directory / "model.safetensors"))


class Lookups:
    def __init__(self, weights):
        self._weights = {name.removeprefix("embeddings."): values for name, values in weights.items()}

    def run(self, feeds):
        for feed in feeds:
            ids, types = feed["input_ids"], feed["token_type_ids"]
            hidden = self._weights["word_embeddings.weight"][ids]
            hidden = hidden + self._weights["token_type_embeddings.weight"][types]
            hidden = hidden + self._weights["position_embeddings.weight"][: ids.shape[1]]
            hidden = (hidden - hidden.mean(-1, keepdims=True)) / hidden.std(-1, keepdims=True)
            yield [hidden * self._weights["LayerNorm.weight"] + self._weights["LayerNorm.bias"]]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules are runtimes, as if they lay in `shared/encoder`."""
    modules = tmp_path / "modules"
    modules.mkdir()
    monkeypatch.setattr(shared.encoder, "__path__", [*shared.encoder.__path__, str(modules)])
    monkeypatch.setattr(shared.catalog, "runtimes", lambda: [path.stem for path in modules.glob("*.py")])
    return modules


def made(job: Job, room: Path) -> Path:
    artifact, scratch = room / "artifact", room / "scratch"
    artifact.mkdir()
    scratch.mkdir()
    make(job, scratch, artifact)
    return artifact


def without_layers(here: Project) -> Project:
    """Make the checkpoint a BERT that has no layers."""
    file = here.root / "letters" / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**config, "num_hidden_layers": 0}), encoding="utf-8")
    return here


def test_a_third_runtime_is_one_file(here: Project, folder: Path, tmp_path: Path) -> None:
    (folder / "lookups.py").write_text(LOOKUPS, encoding="utf-8")
    artifact = made(without_layers(here).job(pairs()[::24], runtime="lookups"), tmp_path)
    manifest = Manifest.read(artifact)
    assert (manifest.runtime, manifest.quantization) == ("lookups", "none")
    assert manifest.quality["cosine_min"] == pytest.approx(1, abs=1e-4)
    assert load(artifact, threads=1).infer(manifest.example["request"]).result == manifest.example["result"]


def test_a_third_runtime_has_to_pass_the_gate_too(here: Project, folder: Path, tmp_path: Path) -> None:
    """The checkpoint has layers, which this runtime leaves out."""
    (folder / "lookups.py").write_text(LOOKUPS, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"\[letters\] quantize: none is refused: cosine_mean is -?0\.\d+; at least"):
        made(here.job(pairs()[::24], runtime="lookups"), tmp_path)


def test_a_runtime_whose_artifact_is_a_graph_is_built_as_one(here: Project, folder: Path, tmp_path: Path) -> None:
    shutil.copy(Path(shared.encoder.__file__).with_name("onnx.py"), folder / "another.py")
    artifact = made(here.job(pairs()[::24], runtime="another", quantize="none", gate="off"), tmp_path)
    assert Manifest.read(artifact).runtime == "another"
    assert (artifact / "model.onnx").exists()
    assert load(artifact, threads=1).infer({"input": ["abc"]}).tokens == 5


@pytest.mark.parametrize(("line", "has"), [("", "None"), ('ARTIFACT = "archive"', "'archive'")])
def test_a_module_that_does_not_say_what_it_runs_is_refused(
    here: Project, folder: Path, tmp_path: Path, line: str, has: str
) -> None:
    name = f"silent{len(line)}"
    (folder / f"{name}.py").write_text(line, encoding="utf-8")
    says = rf'shared\.encoder\.{name} has ARTIFACT = {has}; a module that is a runtime says "graph" or "checkpoint"\.'
    with pytest.raises(CatalogError, match=says):
        made(here.job(pairs()[::24], runtime=name), tmp_path)
