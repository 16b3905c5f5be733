"""What a model image installs: of each runtime's pinned requirements, only what is imported when a model is served.

`python -m infra.image_requirements` writes `services/requirements-*.txt`; `make requirements` runs it.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
# The runtime client is in the base image, and PyTorch has an index of its own. onnxruntime and tokenizers declare more
# (flatbuffers, protobuf, huggingface-hub and all that it needs) than they import to run a graph and read a tokenizer.
_PYTORCH = ("filelock", "fsspec", "jinja2", "markupsafe", "mpmath", "networkx", "sympy", "typing-extensions")
_HUB = ("anyio", "h11", "httpcore2", "httpx2", "huggingface-hub", "idna", "packaging", "pyyaml", "tqdm", "truststore")
_SKLEARN = ("joblib", "narwhals", "numpy", "scikit-learn", "scipy", "threadpoolctl")
NEEDED = {
    "onnx": ("numpy", "onnxruntime", "sentencepiece", "tokenizers"),
    "torch": tuple(
        sorted(
            (*_PYTORCH, *_HUB, *_SKLEARN, "regex", "safetensors", "sentence-transformers", "tokenizers", "transformers")
        )
    ),
}
HEADER = "# Written by `python -m infra.image_requirements` from requirements/{}.txt; do not edit.\n"


def blocks(text: str) -> dict[str, list[str]]:
    """The requirements of a compiled file by package: each a pin, perhaps for some Pythons only, with its digests."""
    found: dict[str, list[str]] = {}
    for block in re.findall(r"^[^#\s].*(?:\n[ \t]+.*)*\n", text, flags=re.MULTILINE):
        found.setdefault(block.partition("==")[0], []).append(block)
    return found


def text(runtime: str, root: Path = ROOT) -> str:
    """The requirements of one runtime's images. Raises KeyError for a package that is not pinned."""
    pinned = blocks((root / "requirements" / f"{runtime}.txt").read_text())
    return HEADER.format(runtime) + "".join(block for name in NEEDED[runtime] for block in pinned[name])


def main() -> None:
    for runtime in NEEDED:
        (ROOT / "services" / f"requirements-{runtime}.txt").write_text(text(runtime))


if __name__ == "__main__":
    main()
