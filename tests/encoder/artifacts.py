"""Artifacts of checkpoints for tests of any task: as they are or as a float graph, without the pipeline around it."""

import importlib
import shutil
from dataclasses import asdict, replace
from pathlib import Path

from models.service import build_of
from models.tokenizer import write_tokenizer
from shared.encoder.export import export
from shared.manifest import Manifest
from tests.shared.manifests import UNBUILT


def write_artifact(service: str, checkpoint: Path, directory: Path, runtime: str) -> Path:
    """Write the float artifact of a checkpoint into `directory`, which must not exist yet; return it."""
    build = build_of(service)
    if importlib.import_module(f"shared.encoder.{runtime}").ARTIFACT == "checkpoint":
        shutil.copytree(checkpoint, directory)
    else:
        directory.mkdir()
        export(checkpoint, directory, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
    write_tokenizer(checkpoint, directory)
    manifest(service, checkpoint, runtime).write(directory)
    return directory


def manifest(service: str, checkpoint: Path, runtime: str) -> Manifest:
    """Return a manifest with nothing in it but what a model reads."""
    build = build_of(service)
    return replace(
        UNBUILT,
        id=checkpoint.name,
        service=service,
        runtime=runtime,
        source=f"file:{checkpoint.name}",
        auto_class=build.AUTO_CLASS,
        outputs=build.OUTPUTS,
        **asdict(build.facts(checkpoint)),
    )


def change(directory: Path, **facts: object) -> Path:
    """Give an artifact another manifest, in which `facts` stand; entries of its `config` are merged."""
    old = Manifest.read(directory)
    config = {**old.config, **facts.pop("config", {})}  # type: ignore[dict-item]
    replace(old, config=config, **facts).write(directory)  # type: ignore[arg-type]
    return directory
