"""Other servers of sentence embeddings, on the same weights: from their own environment, `.venv-peers`.

They want other versions of the libraries than we do; `requirements/peers.txt` installs them.
"""

from pathlib import Path

from benchmarks.machine import describe
from benchmarks.process import Side
from benchmarks.results import ROOT
from benchmarks.subjects import Subject

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
FOLDER = ROOT / "build" / "benchmarks" / "peers"
SIDES = "benchmarks.sides"
# The quantization that sentence-transformers has for each processor, the best first.
QUANTIZED_FOR = {"avx512_vnni": "avx512_vnni", "avx512f": "avx512", "asimddp": "arm64", "avx2": "avx2"}


def peers(subject: Subject, threads: int, python: Path = PYTHON) -> list[Side]:
    """sentence-transformers, from our environment and the newer; and all others where they are installed.

    The second prepares the graphs that those after it take: start them in this order.
    """
    instructions = next(QUANTIZED_FOR[name] for name in QUANTIZED_FOR if name in describe()["instructions"])
    options = {
        "service": subject.service,
        "artifact": str(subject.artifact),
        "checkpoint": str(subject.checkpoint),
        "folder": str(FOLDER),
        "instructions": instructions,
        "max_tokens": subject.manifest.max_tokens,
        "threads": threads,
    }
    torch = {**options, "backend": "torch"}
    own = [Side(name="sentence-transformers", module=f"{SIDES}.sentence_transformers", options=torch)]
    if not python.exists():
        return own
    others = {
        "sentence-transformers, onnx int8": ("sentence_transformers", {"backend": "onnx"}),
        "fastembed": ("fastembed", {}),
        "infinity, torch": ("infinity", {"engine": "torch"}),
        "infinity, onnx int8": ("infinity", {"engine": "optimum"}),
    }
    return own + [
        Side(
            name=name,
            module=f"{SIDES}.{module}",
            options={**options, **chosen},
            environment={"HF_HOME": str(FOLDER / "cache"), "FASTEMBED_CACHE_PATH": str(FOLDER / "cache")},
            python=python,
        )
        for name, (module, chosen) in others.items()
    ]
