"""The contract between the platform and a model, and the manifest between the pipeline and whoever serves."""

import dataclasses
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from shared.contract import Inference, Model
from shared.manifest import Manifest
from tests.shared import manifests

MANIFEST = dataclasses.replace(manifests.MANIFEST, example={"request": {"question": ["Où ?"]}, "result": {}})


def test_an_inference_needs_its_result_and_its_tokens() -> None:
    assert Inference(result={}, tokens=3) == Inference(result={}, tokens=3, truncated=0, ms={})


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST
    assert "Où" in (tmp_path / "manifest.json").read_text(encoding="utf-8")


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"id": "qa"}')
    with pytest.raises(TypeError):
        Manifest.read(tmp_path)


@pytest.mark.torch
@pytest.mark.parametrize("service", ["question_answering", "embeddings"])
@pytest.mark.parametrize("runtime", ["onnx", "torch"])
def test_every_models_methods_are_the_contracts(service: str, runtime: str) -> None:
    model = import_module(f"services.{service}.{runtime}_model").Model
    for name in ("load", "infer", "unload"):
        promised = inspect.signature(getattr(Model, name)).parameters
        assert inspect.signature(getattr(model, name)).parameters.keys() == promised.keys()


def test_facts_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        MANIFEST.id = "other"  # type: ignore[misc]
