"""The models that the tests ask: the embedded reader and a tiny one of each family, for both runtimes."""

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from models.service import Facts
from services.question_answering import build
from shared.contract import Inference, Model, load
from shared.encoder.export import export
from shared.manifest import Manifest
from tests.question_answering.golden import tiny
from tests.shared.manifests import UNBUILT

READER = Path(__file__).parents[2] / "models" / "embedded" / "reader"
NAMES = ("reader", *tiny.FAMILIES)
Runtime = Literal["onnx", "torch"]


@dataclass(frozen=True)
class Checkpoints:
    """Makes artifacts below a folder, each once."""

    folder: Path

    def checkpoint(self, name: str) -> Path:
        """The checkpoint of the reader, or of a tiny family."""
        if name == "reader":
            return READER
        directory = self.folder / name
        if not directory.exists():
            tiny.save(name, directory)
        return directory

    def artifact(self, name: str, runtime: Runtime) -> Path:
        """A float artifact."""
        directory = self.folder / f"{name}-{runtime}"
        checkpoint = self.checkpoint(name)
        if directory.exists():
            return directory
        if runtime == "torch":
            shutil.copytree(checkpoint, directory)
        else:
            directory.mkdir()
            shutil.copy(checkpoint / "tokenizer.json", directory)
            export(checkpoint, directory, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
        manifest(name, runtime, build.facts(checkpoint)).write(directory)
        return directory

    def model(self, name: str, runtime: Runtime) -> Model:
        """A loaded float artifact."""
        return load(self.artifact(name, runtime), threads=1)


def manifest(name: str, runtime: Runtime, facts: Facts) -> Manifest:
    """A manifest with nothing in it but what a model reads."""
    return replace(UNBUILT, id=name, runtime=runtime, **asdict(facts))


def ask(model: Model, question: str, context: str, **options: Any) -> dict[str, Any]:
    """One question's result."""
    inference: Inference = model.infer({"question": [question], "context": [context], **options})
    result: dict[str, Any] = inference.result["results"][0]
    return result
