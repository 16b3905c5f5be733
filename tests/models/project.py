"""A project folder of its own: stand-ins for the code, tiny checkpoints, and a catalog of them."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.graph import EXTERNAL_BYTES
from models.job import Job
from models.service import Build, build_of
from models.sources.folder import Folder
from models.texts import Paragraph
from shared.catalog import Catalog
from shared.manifest import Manifest

# What a build depends on besides entry and source. These are digested, never run.
CODE = (
    "models/artifact.py",
    "models/quantize/plan.py",
    "services/embeddings/build.py",
    "shared/contract.py",
    "shared/encoder/encoder.py",
    "shared/manifest.py",
    "shared/request.py",
)
SOURCE = '''"""Says hello."""


def greet() -> str:
    """Return a greeting."""
    return "hello"
'''
# Builds that take a tenth of a second: a copy of the checkpoint, not judged.
QUICK = {"service": "embeddings", "source": "file:letters", "license": "MIT", "runtime": "torch", "gate": "off"}

# A checkpoint that nobody loads, and its entry.
BARE_FILES = {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights"}
BARE = {"service": "embeddings", "source": "file:letters", "license": "MIT"}


@dataclass(frozen=True)
class Project:
    """`root` with the checkpoint `letters`, and what `python -m models` makes of it."""

    root: Path

    def catalog(self, **entries: Mapping[str, object]) -> Catalog:
        """The catalog with these entries, written to `models.toml`."""
        tables = [f"[{name}]\n" + "".join(_line(*pair) for pair in entry.items()) for name, entry in entries.items()]
        path = self.root / "models.toml"
        path.write_text("\n".join(tables), encoding="utf-8")
        return Catalog.read(path)

    def artifact(self, name: str) -> Path:
        return self.root / "build" / "models" / "models" / name

    def manifest(self, name: str) -> Manifest:
        return Manifest.read(self.artifact(name))

    def builds(self) -> set[str]:
        """The key of every build that was finished, and the name of all that was left of others."""
        cache = self.root / "build" / "models" / ".cache"
        return {path.name for path in cache.iterdir()} if cache.exists() else set()

    def state(self, name: str) -> dict[str, int]:
        """Which files an artifact consists of: one that is put there again is another, though it holds the same."""
        return {path.name: path.stat().st_ino for path in self.artifact(name).rglob("*") if path.is_file()}

    def contents(self, name: str) -> dict[str, str]:
        """The digest of every file of an artifact."""
        files = [path for path in self.artifact(name).rglob("*") if path.is_file()]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def change(self, name: str, source: str = "letters") -> None:
        """Change a file of a checkpoint, not what it says."""
        file = self.root / source / name
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    def job(
        self,
        texts: Sequence[Paragraph],
        build: Build | None = None,
        *,
        request: Mapping[str, Any] | None = None,
        external_bytes: int = EXTERNAL_BYTES,
        **entry: object,
    ) -> Job:
        """What an artifact of `letters` is made from, by a catalog whose only entry is `letters`."""
        catalog = self.catalog(letters={**BARE, **entry})
        service = build or build_of("embeddings")
        return Job(
            catalog=catalog,
            spec=catalog["letters"],
            found=Folder(directory=self.root / "letters").find(),
            checkpoint=self.root / "letters",
            build=service,
            texts=texts,
            request=dict(request or {"input": ["An example."]}),
            external_bytes=external_bytes,
        )


def project(root: Path, letters: Path) -> Project:
    """A project below `root` with a copy of the checkpoint `letters`."""
    for name in CODE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(SOURCE, encoding="utf-8")
    shutil.copytree(letters, root / "letters")
    return Project(root)


def _line(field: str, value: object) -> str:
    return f"{field} = {_toml(value)}\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)
