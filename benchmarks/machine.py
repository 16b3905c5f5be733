"""What a benchmark ran on, and the environment that gives every side the same threads."""

import os
import platform
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

MB_PER_VCPU = 1769
LIBRARIES = ("onnxruntime", "tokenizers", "numpy", "torch", "transformers", "sentence-transformers")
# What decides how fast 8-bit arithmetic is.
INSTRUCTIONS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "asimddp", "i8mm")
# glibc told to keep what it has: where page faults are dear, mapping and unmapping a large tensor is what costs most.
KEEP_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "1000000000000",
    "MALLOC_TOP_PAD_": "268435456",
    "MALLOC_ARENA_MAX": "1",
}
THREADED = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


def describe() -> dict[str, Any]:
    """Processor, cores, memory, system and the versions that were measured."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    memory = Path("/proc/meminfo").read_text(encoding="utf-8")
    flags = set(_field(r"^(?:flags|Features)\s*: (.*)$", cpu).split())
    return {
        "processor": _field(r"^model name\s*: (.*)$", cpu) or platform.machine(),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instructions": [name for name in INSTRUCTIONS if name in flags],
        "memory_gb": round(int(_field(r"^MemTotal:\s*(\d+)", memory) or 0) / 2**20),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "libraries": versions(LIBRARIES),
    }


def _field(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else ""


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed version of each package that is installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def environment(threads: int, extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a measured process: every library told its threads, no hub, no telemetry."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MALLOC_", "AWS_", "PYTHON"))}
    return {
        **kept,
        **dict.fromkeys(THREADED, str(threads)),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(threads * MB_PER_VCPU),
        **(extra or {}),
    }
