"""The key of an artifact: a digest of all that it depends on, so that it is made again when any of it changes."""

import ast
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.digest import combined, sha256
from models.sources import Found
from shared.catalog import Spec

# The packages whose code has a part in an artifact's bytes or in its measured quality.
LIBRARIES = (
    "numpy",
    "onnx",
    "onnxruntime",
    "protobuf",
    "safetensors",
    "sentencepiece",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "transformers",
)

# Modules of `models` that say what is made, when and where it is put, and have no part in what it is.
_AROUND = ("__main__", "build", "cache", "check", "key", "lock", "progress", "ship")


def key_of(spec: Spec, found: Found, root: Path, request: dict[str, Any]) -> str:
    """Return the digest of all that an artifact depends on, the entry's name and its serving settings excepted.

    `request` is the example, and `root` the project's folder.
    """
    facts = {f"file {name}": digest for name, digest in found.files.items()}
    facts |= {f"library {name}": importlib.metadata.version(name) for name in LIBRARIES}
    facts |= {f"code {path.relative_to(root)}": code_digest(path) for path in _code(root, spec.service)}
    facts |= {f"text {path.name}": sha256(path) for path in (root / "models" / "texts").glob("*.json")}
    facts |= {field: repr(getattr(spec, field)) for field in ("service", "source", "runtime", "quantize", "gate")}
    facts |= {"python": platform.python_version(), "revision": found.revision}
    return combined(facts | {"example": json.dumps(request, sort_keys=True)})


def code_digest(path: Path) -> str:
    """Return the SHA-256 of what a module does: comments, docstrings and layout have no part in it."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _has_docstring(
            node
        ):
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def _code(root: Path, service: str) -> Iterator[Path]:
    """Yield the modules that make an artifact, and those that the measured model runs."""
    yield from (path for path in (root / "models").glob("*.py") if path.stem not in _AROUND)
    yield from (root / "models" / "quantize").glob("*.py")
    yield from (root / "shared" / "encoder").glob("*.py")
    yield from (root / "shared" / name for name in ("contract.py", "manifest.py", "request.py"))
    # Wire formats and their display are the router's.
    own = (root / "services" / service).glob("*.py")
    yield from (path for path in own if path.stem not in ("display", "wire"))
