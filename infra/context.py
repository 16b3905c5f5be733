"""What a model image is built from: the files of one service, and a name that changes whenever any of them does."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from shared.catalog import Spec
from shared.manifest import FILE_NAME

DOCKERFILE = "services/Dockerfile"
# The parts of `shared` that a container loads; they need the standard library only.
SHARED = ("__init__", "contract", "entrypoint", "errors", "manifest", "metrics")
# Layers and manifests carry this time instead of the build's, so that the same files make the same image.
SOURCE_DATE_EPOCH = "315532800"


@dataclass(frozen=True, kw_only=True)
class BuildContext:
    """A folder that holds exactly the code of one image, the artifact beside it, and the image's tag."""

    code: Path
    artifact: Path
    build_args: dict[str, str]
    tag: str


def stage(spec: Spec, artifact: Path, root: Path, *, base: str, architecture: str) -> BuildContext:
    """Copy a model's code to `build/images/<id>`, so that no other model's change rebuilds its image."""
    code = root / "build" / "images" / artifact.parent.name / spec.id
    shutil.rmtree(code, ignore_errors=True)
    for name in sources(spec, root):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, code / name)
    build_args = {
        "BASE": base,
        "RUNTIME": spec.runtime,
        "SERVICE": spec.service,
        "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH,
    }
    files = [root / DOCKERFILE, *(root / name for name in sources(spec, root)), artifact / FILE_NAME]
    digest = hashlib.sha256(repr((sorted(build_args.items()), architecture)).encode())
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return BuildContext(code=code, artifact=artifact, build_args=build_args, tag=digest.hexdigest()[:32])


def sources(spec: Spec, root: Path) -> list[Path]:
    """The files of an image besides its artifact, relative to the repository. `build.py` stays on the build machine."""
    service = root / "services" / spec.service
    modules = [path for path in sorted(service.rglob("*.py")) if path != service / "build.py"]
    shared = [root / "shared" / f"{name}.py" for name in SHARED]
    names = ("__init__.py", "sentence_pieces.py", "session.py", f"requirements-{spec.runtime}.txt")
    common = [root / "services" / name for name in names]
    return [path.relative_to(root) for path in (*shared, *common, *modules)]
