"""A small project to deploy: the program's own files, a catalog, and artifacts that hold a manifest and one file."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra import package
from shared.manifest import Manifest
from tests.shared.manifests import UNBUILT

ROOT = Path(__file__).parents[2]
CATALOG = """\
[qa]
service = "question_answering"
source = "file:reader"

[spanish-qa]
service = "question_answering"
source = "file:reader"
task = "qa-es"
memory_mb = 3008
timeout_s = 300

[embeddings]
service = "embeddings"
source = "file:encoder"
warm = 2
"""
GOLDEN = {"results": [{"answers": [{"answer": "blue", "score": 0.9, "start": 0, "end": 4}], "no_answer_score": 0.1}]}


def manifest(model_id: str, service: str, source: str) -> Manifest:
    return replace(
        UNBUILT,
        id=model_id,
        service=service,
        source=source,
        revision="r1",
        license="Apache-2.0",
        files={"model.onnx": hashlib.sha256(model_id.encode()).hexdigest()},
        quantization="int8",
        example={"request": {"question": ["What?"], "context": ["blue"]}, "result": GOLDEN},
    )


class Project:
    """A folder with everything that `pulumi up` finds in a checkout after `make models`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copyfile(ROOT / name, root / name)
        for name in ("shared", "services", "requirements"):
            (root / name).symlink_to(ROOT / name)
        # Small, because it is compiled anew for every run of the program.
        (root / "router").mkdir()
        shutil.copyfile(ROOT / "router" / "handler.py", root / "router" / "handler.py")
        self.write_catalog(CATALOG)
        self.write_lock(qa="file:reader", **{"spanish-qa": "file:reader"}, embeddings="file:encoder")
        self.write_artifact(manifest("qa", "question_answering", "file:reader"))
        self.write_artifact(manifest("spanish-qa", "question_answering", "file:reader"))
        self.write_artifact(manifest("embeddings", "embeddings", "file:encoder"))
        for architecture in ("x86_64", "arm64"):
            self.write_site(architecture)

    def write_catalog(self, text: str) -> None:
        (self.root / "models.toml").write_text(text)

    def write_lock(self, **sources: str) -> None:
        entries: dict[str, Any] = {
            k: {"source": s, "revision": "r1", "license": None, "files": {}} for k, s in sources.items()
        }
        (self.root / "models.lock").write_text(json.dumps(entries))

    def artifact(self, model_id: str) -> Path:
        return self.root / "build" / "models" / "models" / model_id

    def write_artifact(self, facts: Manifest) -> None:
        directory = self.artifact(facts.id)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "model.onnx").write_text(facts.id)
        facts.write(directory)

    def change_manifest(self, model_id: str, **changes: Any) -> None:
        directory = self.artifact(model_id)
        replace(Manifest.read(directory), **changes).write(directory)

    def write_site(self, architecture: str) -> None:
        """The router's dependencies as if they had been installed, so that no test of the program needs a registry."""
        folder = package.site(self.root / package.REQUIREMENTS, architecture, self.root / "build" / "router")
        (folder / "pydantic").mkdir(parents=True)
        (folder / "pydantic" / "__init__.py").write_text("VERSION = '2'\n")
