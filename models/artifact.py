"""One artifact, from a checkpoint to a folder that is served: export, optimise, quantize, judge, describe."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.gate import judge, remembered, thresholds
from models.graph import FILE_NAME
from models.job import Job
from models.optimize import FusionError, configuration, fuse, settle
from models.pieces import compact
from models.progress import say
from models.quantize import ORDER, Quantizer
from models.samples import feeds
from models.tokenizer import write_tokenizer
from shared.contract import Model
from shared.manifest import Manifest


def make(job: Job, scratch: Path, artifact: Path) -> None:
    """Fill the folder `artifact`. Raises CatalogError for what cannot be served, or not well enough."""
    reference = scratch / "reference"
    _copy_checkpoint(job, reference)
    limits = thresholds(job.spec, job.build, job.catalog)
    chosen = reference
    if job.spec.runtime == "onnx":
        export = _export(job, scratch)
        chosen = _choose(job, scratch, export, limits)
    else:
        if limits:
            model = remembered(job.load(reference), f"[{job.spec.id}] float model")
            _measure(job, model, reference)
            model.unload()
        job.complete(reference, {})
    for path in chosen.iterdir():
        path.rename(artifact / path.name)


def _copy_checkpoint(job: Job, directory: Path) -> None:
    """The torch artifact: the checkpoint as it is, but for its tokenizer. It is also what the others are judged by."""
    for name in job.found.files:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(job.checkpoint / name, directory / name)
    tokenizer = write_tokenizer(job.checkpoint, directory)
    job.draft("torch", "none", {"tokenizer": tokenizer}).write(directory)


def _export(job: Job, scratch: Path) -> dict[str, Any]:
    """Write the fused float graph to `scratch/fused`, the tokenizer to `scratch/tokenizer`; returns what was done."""
    directory, fused = scratch / "exported", scratch / "fused"
    directory.mkdir()
    fused.mkdir()
    say(f"[{job.spec.id}] exporting {job.spec.source}")
    exporter = job.build.export(job.checkpoint, directory)
    say(f"[{job.spec.id}] optimising")
    try:
        counts = fuse(directory / FILE_NAME, fused / FILE_NAME, configuration(job.checkpoint), job.external_bytes)
    except FusionError as error:
        raise job.error("source", str(error)) from None
    shutil.rmtree(directory)
    return {"exporter": exporter, "fused": counts, "tokenizer": _tokenizer(job, scratch / "tokenizer")}


def _tokenizer(job: Job, directory: Path) -> dict[str, Any]:
    """Write the tokenizer that every candidate serves with; returns what was done."""
    directory.mkdir()
    written = write_tokenizer(job.checkpoint, directory)
    return {**written, "file": compact(directory, (text for paragraph in job.texts for text in paragraph.texts))}


def _choose(job: Job, scratch: Path, export: dict[str, Any], limits: dict[str, float] | None) -> Path:
    """The folder of the smallest candidate that passes the gate."""
    samples = feeds(
        scratch / "reference", job.build.sequences(job.calibrating), Manifest.read(scratch / "reference").max_tokens
    )
    quantizer = Quantizer(scratch / "fused" / FILE_NAME, samples, job.external_bytes)
    # The float model takes as much memory as all the rest: it is not loaded where nothing is judged.
    reference = remembered(job.load(scratch / "reference"), f"[{job.spec.id}] float model") if limits else None
    refused: dict[str, list[str]] = {}
    for name in ORDER[job.spec.quantize]:
        directory = _candidate(job, quantizer, scratch, name, {**export, "refused": dict(refused)})
        quality, failures = _judged(job, reference, directory, limits)
        if not failures:
            if reference:
                reference.unload()
            job.complete(directory, quality)
            return directory
        refused[name] = failures
        say(f"[{job.spec.id}] {name} is refused: {' '.join(failures)}")
        shutil.rmtree(directory)
    problem = " ".join(f"{name} is refused: {' '.join(failures)}" for name, failures in refused.items())
    raise job.error("quantize", f"{problem} Choose a milder quantization, or lower the entry's `gate`.")


def _candidate(job: Job, quantizer: Quantizer, scratch: Path, name: str, export: dict[str, Any]) -> Path:
    """An onnx artifact of one quantization, not yet judged."""
    directory, graph = scratch / name, scratch / f"{name}-graph"
    shutil.copytree(scratch / "tokenizer", directory)
    graph.mkdir()
    say(f"[{job.spec.id}] quantizing: {name}")
    quantized = quantizer.write(name, graph / FILE_NAME)
    settle(graph / FILE_NAME, directory)
    shutil.rmtree(graph)
    job.draft("onnx", name, {**export, "quantizer": quantized}).write(directory)
    return directory


def _measure(job: Job, reference: Model, directory: Path) -> None:
    """Add what the service measures on the float model to the configuration of the artifact in `directory`."""
    manifest = Manifest.read(directory)
    measured = job.build.calibrate(reference, job.texts)
    replace(manifest, config={**manifest.config, **measured}).write(directory)


def _judged(
    job: Job, reference: Model | None, directory: Path, limits: dict[str, float] | None
) -> tuple[dict[str, Any], list[str]]:
    """The measured quality of the artifact in `directory`, and a sentence for each threshold it misses."""
    if not (reference and limits):
        return {"gate": "off"}, []
    _measure(job, reference, directory)
    candidate = remembered(job.load(directory), f"[{job.spec.id}] quality gate")
    quality, failures = judge(job.build, reference, candidate, job.judging, limits)
    candidate.unload()
    return {**quality, "gate": limits}, failures
