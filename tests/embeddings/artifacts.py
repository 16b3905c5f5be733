"""Artifacts for tests: a checkpoint, as it is and as a float graph, without the pipeline around it."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

from models.tokenizer import write_tokenizer
from services.embeddings import build
from shared.encoder.export import export
from shared.manifest import Manifest
from tests.shared.manifests import UNBUILT


def manifest(checkpoint: Path, runtime: str) -> Manifest:
    facts = build.facts(checkpoint)
    return replace(
        UNBUILT,
        service="embeddings",
        runtime=runtime,
        source=f"file:{checkpoint.name}",
        auto_class=build.AUTO_CLASS,
        outputs=build.OUTPUTS,
        **asdict(facts),
    )


def onnx_artifact(checkpoint: Path, directory: Path) -> Path:
    """A float onnx artifact, as exported."""
    directory.mkdir()
    export(checkpoint, directory, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
    write_tokenizer(checkpoint, directory)
    manifest(checkpoint, "onnx").write(directory)
    return directory


def torch_artifact(checkpoint: Path, directory: Path) -> Path:
    """A torch artifact: the checkpoint's own files."""
    shutil.copytree(checkpoint, directory)
    write_tokenizer(checkpoint, directory)
    manifest(checkpoint, "torch").write(directory)
    return directory


def change(directory: Path, **facts: object) -> Path:
    """The same artifact with another manifest; `config` entries are merged."""
    old = Manifest.read(directory)
    config = {**old.config, **facts.pop("config", {})}  # type: ignore[dict-item]
    replace(old, config=config, **facts).write(directory)  # type: ignore[arg-type]
    return directory
