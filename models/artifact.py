"""Makes one artifact, from a checkpoint to a folder that is served: export, optimize, quantize, judge, describe."""

import importlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.architectures import unknown_warning
from models.candidate import Candidate
from models.gate import Cached, Reference, measure, thresholds
from models.graph import FILE_NAME
from models.job import Job
from models.optimize import FusionError, fuse, optimize_for_loading
from models.pieces import compact
from models.progress import say
from models.quantize import ORDER, Quantizer
from models.samples import feeds
from models.tokenizer import write_tokenizer
from shared.encoder.export import export
from shared.encoder.tokenizer import open_tokenizer

# The runtime of the float model that all others are compared with.
REFERENCE = "torch"


def make(job: Job, scratch: Path, artifact: Path) -> None:
    """Fill the folder `artifact`. Raises CatalogError for what cannot be served, or not well enough."""
    limits = thresholds(job.spec, job.build, job.catalog)
    kind = artifact_kind(job)
    checkpoint = _copy_checkpoint(job, scratch / "checkpoint")
    if kind == "checkpoint":
        checkpoint = replace(checkpoint, export={**checkpoint.export, **_warn(job, {})})
    with closing(Reference(checkpoint)) as reference:
        if job.spec.runtime == REFERENCE:
            chosen = checkpoint if limits is None else replace(checkpoint, measured=reference.measured)
            chosen.describe(reference.model, {})
        else:
            other = replace(checkpoint, runtime=job.spec.runtime)
            candidates = _graphs(checkpoint, scratch) if kind == "graph" else [other]
            chosen = _choose(job, candidates, reference, limits)
    for path in chosen.directory.iterdir():
        path.rename(artifact / path.name)


def artifact_kind(job: Job) -> str:
    """Return what the entry's runtime runs: "graph" or "checkpoint". Raises CatalogError if it does not say so."""
    name = f"shared.encoder.{job.spec.runtime}"
    kind = getattr(importlib.import_module(name), "ARTIFACT", None)
    if kind not in ("graph", "checkpoint"):
        problem = f'{name} has ARTIFACT = {kind!r}; a module that is a runtime says "graph" or "checkpoint".'
        raise job.error("runtime", problem)
    return str(kind)


def _copy_checkpoint(job: Job, directory: Path) -> Candidate:
    """Copy the checkpoint as it is, but for a tokenizer that neither truncates nor pads: the float model."""
    for name in job.found.files:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(job.checkpoint / name, directory / name)
    done = {"tokenizer": write_tokenizer(job.checkpoint, directory)}
    return Candidate(job=job, directory=directory, runtime=REFERENCE, quantization="none", export=done)


def _graphs(checkpoint: Candidate, scratch: Path) -> Iterator[Candidate]:
    """Make a candidate of each quantization that the entry allows, the smallest first."""
    job = checkpoint.job
    done = {**checkpoint.export, **_export(job, scratch)}
    tokenizer = open_tokenizer(checkpoint.directory, lowercase=job.facts.lowercase)
    samples = feeds(tokenizer, job.build.sequences(job.calibrating), job.facts.max_tokens)
    compacted = _compact_tokenizer(job, checkpoint.directory, scratch / "tokenizer")
    done["tokenizer"] = {**done["tokenizer"], "file": compacted}
    quantizer = Quantizer(scratch / "fused" / FILE_NAME, samples, job.external_bytes)
    for name in ORDER[job.spec.quantize]:
        directory, graph = scratch / name, scratch / f"{name}-graph"
        shutil.copytree(scratch / "tokenizer", directory)
        graph.mkdir()
        say(f"[{job.spec.id}] quantizing: {name}")
        quantized = quantizer.write(name, graph / FILE_NAME)
        optimize_for_loading(graph / FILE_NAME, directory)
        shutil.rmtree(graph)
        said = {**done, "quantizer": quantized}
        yield Candidate(job=job, directory=directory, runtime=job.spec.runtime, quantization=name, export=said)


def _export(job: Job, scratch: Path) -> dict[str, Any]:
    """Write the fused float graph to `scratch/fused`; return what was done."""
    directory, fused = scratch / "exported", scratch / "fused"
    directory.mkdir()
    fused.mkdir()
    say(f"[{job.spec.id}] exporting {job.spec.source}")
    exporter = export(job.checkpoint, directory, auto_class=job.build.AUTO_CLASS, outputs=job.build.OUTPUTS)
    say(f"[{job.spec.id}] optimizing")
    network = job.configuration.network
    try:
        counts = fuse(directory / FILE_NAME, fused / FILE_NAME, network, job.external_bytes)
    except FusionError as error:
        raise job.error("source", str(error)) from None
    shutil.rmtree(directory)
    return {"exporter": exporter, "fused": counts, **_warn(job, counts)}


def _warn(job: Job, fused: dict[str, int]) -> dict[str, str]:
    """Say what is unknown of the checkpoint's architecture; return it for the manifest."""
    warning = unknown_warning(job.configuration.model_type, fused)
    if warning is None:
        return {}
    say(f"[{job.spec.id}] {warning}")
    return {"warning": warning}


def _compact_tokenizer(job: Job, checkpoint: Path, directory: Path) -> str:
    """Write the tokenizer that every graph is served with into `directory`; return what was done."""
    directory.mkdir()
    shutil.copyfile(checkpoint / "tokenizer.json", directory / "tokenizer.json")
    return compact(directory, (text for paragraph in job.texts for text in paragraph.texts))


def _choose(
    job: Job, candidates: Iterable[Candidate], reference: Reference, limits: dict[str, float] | None
) -> Candidate:
    """Return the first candidate that passes the gate, described. Raises CatalogError when none does."""
    refused: dict[str, list[str]] = {}
    for candidate in candidates:
        missed = _judge(replace(candidate, export={**candidate.export, "refused": dict(refused)}), reference, limits)
        if not missed:
            return candidate
        refused[candidate.quantization] = missed
        say(f"[{job.spec.id}] {candidate.quantization} is refused: {' '.join(missed)}")
        shutil.rmtree(candidate.directory)
    problem = " ".join(f"{name} is refused: {' '.join(missed)}" for name, missed in refused.items())
    raise job.error("quantize", f"{problem} Choose a milder quantization, or lower the entry's `gate`.")


def _judge(candidate: Candidate, reference: Reference, limits: dict[str, float] | None) -> list[str]:
    """Describe a candidate that passes the gate; return one sentence for each threshold that it misses."""
    job = candidate.job
    if limits is None:
        candidate.describe(candidate.load(), {"gate": "off"})
        return []
    candidate = replace(candidate, measured=reference.measured)
    with closing(Cached(candidate.load(), f"[{job.spec.id}] quality gate")) as model:
        quality, missed = measure(job.build, reference.model, model, job.judging, limits)
        if not missed:
            candidate.describe(model, {**quality, "gate": limits})
    return missed
