"""A clone of the project with models to deploy: small ones, whose weights are their answer."""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from shared.manifest import Manifest
from tests.rehearsal.containers import WRONG
from tests.rehearsal.emulator import ROOT
from tests.shared.manifests import UNBUILT

PROGRAM = ("__main__.py", "Pulumi.yaml", "infra", "router", "services", "shared", "requirements")
CATALOG = "models.toml"
# How long the program waits between the trials of a version.
PAUSES = "(2, 4, 8, 16)"
PREPARING = "PREPARING_PAUSE_S = 5.0"
QUESTION: dict[str, Any] = {"question": "What colour?", "context": "blue"}
ANSWER = {"answer": "blue", "score": 0.9, "start": 0, "end": 4}
EXAMPLE = {
    "request": {"question": ["What colour?"], "context": ["blue"]},
    "result": {"results": [{"answers": [ANSWER], "no_answer_score": 0.1}]},
}


@dataclass(frozen=True)
class Checkout:
    """A folder with all that `pulumi up` finds in a clone after `make models`."""

    root: Path

    @classmethod
    def clone(cls, root: Path, models: Iterable[str], dependencies: Path | None = None) -> "Checkout":
        """Copy the program to `root`, with question-answering models of these ids.

        `dependencies` is another checkout's `build/router`, so that not every clone asks the package registry.
        """
        checkout = cls(root)
        root.mkdir(parents=True)
        for name in PROGRAM:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(ROOT / name, root / name)
        checkout.hurry()
        if dependencies is not None and dependencies.is_dir():
            shutil.copytree(dependencies, root / "build" / "router")
        checkout.serve(*models)
        return checkout

    def hurry(self) -> None:
        """Have a failed trial repeated at once: the program's pauses are for a cloud that takes its time."""
        release = self.root / "infra" / "release.py"
        text = release.read_text()
        assert PAUSES in text
        assert PREPARING in text
        release.write_text(text.replace(PAUSES, "(0.1, 0.1, 0.1)").replace(PREPARING, "PREPARING_PAUSE_S = 0.1"))

    def serve(self, *models: str, more: str = "") -> None:
        """Write the catalog, its lock and the artifacts that are missing. `more` ends each entry."""
        self.catalog(self.root / CATALOG, *models, more=more)

    def catalog(self, path: Path, *models: str, more: str = "") -> None:
        """The same for a catalog that lies anywhere."""
        source = "file:reader"
        entries = [f'[{name}]\nservice = "question_answering"\nsource = "{source}"\n{more}\n' for name in models]
        path.write_text("\n".join(entries))
        locked: dict[str, Any] = {"source": source, "revision": "r1", "license": None, "files": {}}
        path.with_suffix(".lock").write_text(json.dumps(dict.fromkeys(models, locked)))
        for name in models:
            if not self.artifact(name, path.stem).is_dir():
                self.build(name, f"weights of {name}", path.stem)

    def artifact(self, model: str, catalog: str = "models") -> Path:
        return self.root / "build" / "models" / catalog / model

    def build(self, model: str, weights: str, catalog: str = "models") -> None:
        """Build a model's artifact: `weights` are its only file besides the manifest."""
        folder = self.artifact(model, catalog)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.onnx").write_text(weights)
        manifest = replace(
            UNBUILT,
            id=model,
            source="file:reader",
            revision="r1",
            license="MIT",
            quantization="int8",
            files={"model.onnx": hashlib.sha256(weights.encode()).hexdigest()},
            example=EXAMPLE,
        )
        Manifest.write(manifest, folder)

    def spoil(self, model: str, catalog: str = "models") -> None:
        """Build a model that does not answer its example as its artifact says."""
        self.build(model, WRONG, catalog)

    def settings(self, stack: str) -> Path:
        return self.root / f"Pulumi.{stack}.yaml"

    def configure(self, stack: str, **settings: str | None) -> None:
        """Set settings of a stack, and take back those that are None, as `pulumi config` does.

        Names without a package are the project's own.
        """
        path = self.settings(stack)
        content = yaml.safe_load(path.read_text()) if path.exists() else {}
        config = content.setdefault("config", {})
        for name, value in settings.items():
            key = name if ":" in name else f"model-router:{name}"
            config.pop(key, None)
            if value is not None:
                config[key] = value
        path.write_text(yaml.safe_dump(content))
