"""The models that are measured, and the sides that each is measured from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.checkpoints import FOLDER, write
from benchmarks.machine import KEEP_MEMORY
from benchmarks.process import Side
from benchmarks.results import ROOT
from models.build import build
from models.lock import fetch, find, locked, open_source
from shared.catalog import Catalog
from shared.manifest import Manifest

EMBEDDED = ROOT / "models" / "embedded" / "models.toml"
SHAPES = ROOT / "benchmarks" / "shapes.toml"
USUAL = ("the usual way", "the usual way, inference mode", "the usual way, memory kept")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A catalog entry to measure, at its usual length in `tokens`. `weights` says what stands in the model."""

    name: str
    catalog: Path
    model_id: str
    tokens: int
    weights: str = "real"


# MiniLM-size question answering is the embedded reader: all-MiniLM-L6-v2's body.
ENTRIES = (
    Entry(name="MiniLM embeddings", catalog=EMBEDDED, model_id="embeddings", tokens=90),
    Entry(name="MiniLM-size QA", catalog=EMBEDDED, model_id="qa", tokens=384),
)
LARGE = (
    Entry(name="MobileBERT QA", catalog=SHAPES, model_id="mobilebert", tokens=384, weights="random"),
    Entry(name="XLM-R large QA", catalog=SHAPES, model_id="xlm-roberta-large", tokens=384, weights="random"),
)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A built artifact and the checkpoint it was made from."""

    entry: Entry
    artifact: Path
    checkpoint: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def service(self) -> str:
        return self.manifest.service

    def facts(self) -> dict[str, Any]:
        """What stands beside every figure: what was measured, and how good it is."""
        quality = {key: value for key, value in self.manifest.quality.items() if isinstance(value, int | float)}
        return {
            "model": self.name,
            "weights": self.entry.weights,
            "quantization": self.manifest.quantization,
            "artifact_mb": round(sum(path.stat().st_size for path in self.artifact.iterdir()) / 2**20, 1),
            "quality": quality,
        }

    def side(self, name: str, threads: int) -> Side:
        """`service`, `bare`, or one of the three of `USUAL`."""
        module = f"benchmarks.sides.{'usual' if name in USUAL else name}"
        options = {
            "service": self.service,
            "artifact": str(self.artifact),
            "checkpoint": str(self.checkpoint),
            "threads": threads,
            "graded": "inference" not in name,
        }
        environments = {"service": {"MODEL_DIR": str(self.artifact)}, "the usual way, memory kept": KEEP_MEMORY}
        return Side(name=name, module=module, options=options, environment=environments.get(name, {}))


def subjects(*, large: bool, root: Path = ROOT) -> Iterator[Subject]:
    """Build what is not built yet, and describe it: the embedded models, or the large ones."""
    for entry in LARGE if large else ENTRIES:
        if large:
            write(entry.model_id, FOLDER / entry.model_id)
        catalog = Catalog.read(entry.catalog)
        (artifact,) = build(catalog, [entry.model_id], root)
        manifest = Manifest.read(artifact)
        yield Subject(entry=entry, artifact=artifact, checkpoint=_checkpoint(entry, catalog, root), manifest=manifest)


def _checkpoint(entry: Entry, catalog: Catalog, root: Path) -> Path:
    spec = catalog[entry.model_id]
    source = open_source(spec, catalog, root / "build" / "sources")
    return fetch(source, locked(spec, catalog) or find(source, spec, catalog), spec, catalog)
