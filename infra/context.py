"""What a model image is built from: the files of one service, and a name that changes whenever any of them does."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from infra import staging
from shared.artifact import sha256
from shared.catalog import Spec
from shared.folders import alone
from shared.image import container_files
from shared.manifest import FILE_NAME, Manifest

DOCKERFILE = "services/Dockerfile"
RECIPE = (DOCKERFILE, f"{DOCKERFILE}.dockerignore")
IMAGES = Path("build/images")
# What builders call the processors.
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
# Layers and manifests carry this time instead of the build's, so that the same files make the same image.
SOURCE_DATE_EPOCH = "315532800"


@dataclass(frozen=True, kw_only=True)
class BuildContext:
    """A folder that holds exactly the code of one image, one with its artifact, the image's tag and its processor."""

    code: Path
    artifact: Path
    build_args: dict[str, str]
    tag: str
    architecture: str


def stage(spec: Spec, artifact: Path, root: Path, *, base: str, architecture: str) -> BuildContext:
    """Put a model's code and artifact into `build/images/<tag>`.

    Pulumi keeps these paths in its state: so they name neither this checkout nor its catalog or stack. And no other
    model's change makes another folder.
    """
    build_args = {
        "BASE": base,
        "RUNTIME": spec.runtime,
        "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH,
    }
    code = {name: root / name for name in container_files(spec.service, spec.runtime, root)}
    model = {name: artifact / name for name in (FILE_NAME, *Manifest.read(artifact).files)}
    recipe = {name: root / name for name in RECIPE}
    tag = tag_of({**code, **recipe, FILE_NAME: artifact / FILE_NAME}, build_args, architecture)
    target = root / IMAGES / tag
    with alone(target.parent):
        if not (staging.holds(target / "code", code) and staging.holds(target / "model", model)):
            with staging.scratch(target.parent) as scratch:
                made = Path(scratch) / tag
                staging.copy(code, made / "code")
                staging.link(model, made / "model")
                if target.exists():
                    target.rename(Path(scratch) / "spoilt")
                staging.put(made, target)
    staging.touch(target)
    staging.forget(target.parent)
    return BuildContext(
        code=target / "code", artifact=target / "model", build_args=build_args, tag=tag, architecture=architecture
    )


def tag_of(files: dict[str, Path], build_args: dict[str, str], architecture: str) -> str:
    """The digest of all that an image depends on. The manifest stands for the artifact, whose digests it holds."""
    lines = [f"{name}\0{sha256(path)}" for name, path in sorted(files.items())]
    lines += [f"{name}\0{value}" for name, value in sorted(build_args.items())] + [architecture]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
