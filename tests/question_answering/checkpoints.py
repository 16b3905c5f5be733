"""The models that the tests ask: the embedded reader and a tiny one of each family, for both runtimes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from shared.contract import Model, load
from tests.encoder.artifacts import write_artifact
from tests.question_answering.golden import tiny

READER = Path(__file__).parents[2] / "models" / "embedded" / "reader"
NAMES = ("reader", *tiny.FAMILIES)
Runtime = Literal["onnx", "torch"]


@dataclass(frozen=True)
class Checkpoints:
    """Makes artifacts below a folder, each once."""

    folder: Path

    def checkpoint(self, name: str) -> Path:
        """Return the checkpoint of the reader, or of a tiny family."""
        if name == "reader":
            return READER
        directory = self.folder / name
        if not directory.exists():
            tiny.save(name, directory)
        return directory

    def artifact(self, name: str, runtime: Runtime) -> Path:
        """Return a float artifact."""
        directory = self.folder / f"{name}-{runtime}"
        if not directory.exists():
            write_artifact("question_answering", self.checkpoint(name), directory, runtime)
        return directory

    def model(self, name: str, runtime: Runtime) -> Model:
        """Return a loaded float artifact."""
        return load(self.artifact(name, runtime), threads=1)


def ask(model: Model, question: str, context: str, **options: Any) -> dict[str, Any]:
    """Return one question's result."""
    inference = model.infer({"question": [question], "context": [context], **options})
    result: dict[str, Any] = inference.result["results"][0]
    return result
