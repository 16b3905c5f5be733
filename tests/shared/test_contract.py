"""The contract between the platform and its models: every service and every runtime that is there keeps it."""

import inspect
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shared.contract
from shared.contract import NO_DEADLINE, Deadline, load
from shared.errors import Timeout
from shared.manifest import FILE_NAME, Manifest
from tests.encoder.fakes import FOLDER, FakeClock, manifest
from tests.encoder.graphs import lookup

ROOT = Path(shared.contract.__file__).parents[1]
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/__init__.py"))
RUNTIMES = sorted(path.stem.removeprefix("requirements-") for path in (ROOT / "services").glob("requirements-*.txt"))


def parameters(function: object) -> list[tuple[str, object]]:
    """Return the names and defaults of what a function takes."""
    assert callable(function)
    return [(each.name, each.default) for each in inspect.signature(function).parameters.values()]


def test_services_and_runtimes_are_found() -> None:
    assert {"embeddings", "question_answering"} <= set(SERVICES)
    assert {"onnx", "torch"} <= set(RUNTIMES)


@pytest.mark.parametrize("service", SERVICES)
def test_every_services_model_is_made_and_asked_as_the_contract_says(service: str) -> None:
    model = import_module(f"services.{service}.model").Model
    assert [name for name, _ in parameters(model)] == ["encoder", "manifest"]
    assert parameters(model.infer) == parameters(shared.contract.Model.infer)


@pytest.mark.torch
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_opens_networks_in_the_same_way(runtime: str) -> None:
    module = import_module(f"shared.encoder.{runtime}")
    assert [name for name, _ in parameters(module.open_network)] == ["directory", "manifest", "threads"]
    assert module.ARTIFACT in {"graph", "checkpoint"}


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """An embeddings artifact of two dimensions."""
    shutil.copy(FOLDER / "byte-bpe.json", tmp_path / "tokenizer.json")
    config = {"pooling": "mean", "normalize": False, "prompts": {}, "default_prompt_name": None}
    said = manifest("byte-bpe", service="embeddings", outputs={"values": "token"}, dimensions=2, config=config)
    said.write(lookup(tmp_path))
    return tmp_path


@pytest.mark.parametrize("threads", [1, 2])
def test_an_artifact_is_loaded_as_its_manifest_says(artifact: Path, threads: int) -> None:
    # The graph knows 16 tokens: this text is read as special tokens alone.
    inference = load(artifact, threads).infer({"input": ["</s>"]})
    assert inference.result["dimensions"] == 2
    assert inference.tokens == 3


@pytest.mark.parametrize(
    ("change", "missing"), [({"service": "translation"}, "services.translation"), ({"runtime": "x"}, "encoder.x")]
)
def test_a_service_or_runtime_that_is_not_there_is_named(artifact: Path, change: dict[str, Any], missing: str) -> None:
    replace(Manifest.read(artifact), **change).write(artifact)
    with pytest.raises(ModuleNotFoundError, match=missing):
        load(artifact, 1)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=FILE_NAME):
        load(tmp_path, 1)


def test_a_deadline_passes_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    monkeypatch.setattr("time.monotonic", clock)
    deadline = Deadline.after(5)
    clock.now_s += 5
    deadline.check()
    assert deadline.remaining_s() == 0
    clock.now_s += 1
    with pytest.raises(Timeout):
        deadline.check()
    assert deadline.remaining_s() == -1


def test_no_deadline_never_passes() -> None:
    NO_DEADLINE.check()
    assert NO_DEADLINE.remaining_s() == np.inf
