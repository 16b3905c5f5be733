"""Artifacts of the tiny cross-encoders, made once for a test run, and the models loaded from them."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from services.rerank import build
from shared.contract import Model, load
from shared.encoder.export import export
from tests.rerank.golden import tiny
from tests.shared.manifests import UNBUILT

Runtime = Literal["torch", "onnx"]
NAMES = list(tiny.FAMILIES)


class Checkpoints:
    """Makes each artifact when it is first asked for."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._made: dict[tuple[str, str], Path] = {}

    def model(self, name: str, runtime: Runtime) -> Model:
        """Return the model of a family, in float32."""
        key = (name, runtime)
        if key not in self._made:
            self._made[key] = self._make(name, runtime)
        return load(self._made[key], threads=1)

    def _make(self, name: str, runtime: Runtime) -> Path:
        directory = tiny.save(name, self._factory.mktemp(f"{name}-{runtime}"))
        facts = build.facts(directory)
        if runtime == "onnx":
            export(directory, directory, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
        manifest = replace(
            UNBUILT,
            id=name,
            service="rerank",
            runtime=runtime,
            max_tokens=facts.max_tokens,
            auto_class=build.AUTO_CLASS,
            outputs=build.OUTPUTS,
            pad_token_id=facts.pad_token_id,
        )
        manifest.write(directory)
        return directory
