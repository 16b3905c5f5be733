"""Artifacts of the tiny token classifiers, for both runtimes."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from services.token_classification import build
from shared.contract import Model, load
from tests.shared.manifests import UNBUILT
from tests.token_classification.golden import tiny

Runtime = Literal["onnx", "torch"]


@dataclass(frozen=True)
class Checkpoints:
    """Makes checkpoints and float artifacts below a folder, each once."""

    folder: Path

    def checkpoint(self, name: str) -> Path:
        """The checkpoint of a tiny family."""
        directory = self.folder / name
        if not directory.exists():
            tiny.save(name, directory)
        return directory

    def model(self, name: str, runtime: Runtime) -> Model:
        """A loaded float artifact."""
        from shared.encoder.export import export

        checkpoint, directory = self.checkpoint(name), self.folder / f"{name}-{runtime}"
        if not directory.exists():
            shutil.copytree(checkpoint, directory)
            if runtime == "onnx":
                export(checkpoint, directory, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
            facts = build.facts(checkpoint)
            manifest = replace(
                UNBUILT,
                id=name,
                service="token_classification",
                runtime=runtime,
                auto_class=build.AUTO_CLASS,
                outputs=build.OUTPUTS,
                max_tokens=facts.max_tokens,
                pad_token_id=facts.pad_token_id,
                config=facts.config,
            )
            manifest.write(directory)
        return load(directory, threads=1)
