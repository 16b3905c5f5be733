"""Artifacts of the tiny classifiers, one for each runtime: the checkpoint as it is, and its float graph."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

from services.text_classification import build
from shared.contract import Model, load
from tests.shared.manifests import UNBUILT
from tests.text_classification.golden import tiny

Runtime = Literal["onnx", "torch"]
RUNTIMES: tuple[Runtime, ...] = ("onnx", "torch")


def model(name: str, runtime: Runtime, directory: Path) -> Model:
    """Make and load an artifact, without the build's optimiser and quantizer."""
    from shared.encoder.export import export

    checkpoint = directory / "checkpoint"
    tiny.save(name, checkpoint)
    facts = build.facts(checkpoint)
    if runtime == "torch":
        folder = checkpoint
    else:
        folder = directory / "graph"
        folder.mkdir()
        export(checkpoint, folder, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
        shutil.copy(checkpoint / "tokenizer.json", folder)
    replace(
        UNBUILT,
        service="text_classification",
        runtime=runtime,
        max_tokens=facts.max_tokens,
        pad_token_id=facts.pad_token_id,
        config=facts.config,
        auto_class=build.AUTO_CLASS,
        outputs=build.OUTPUTS,
    ).write(folder)
    return load(folder, threads=1)
