"""The images of the embedded catalog and one of the reference runtime, built once.

IMAGE_BASE and TORCH_IMAGE_BASE name other base images than AWS's; TORCH_WHEELS a folder to take PyTorch from.
"""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.engine import Engine, Network, engine
from local.images import EMBEDDED, Images
from shared.catalog import Catalog, Spec
from shared.deployment import BASE_IMAGE

ROOT = Path(__file__).parents[2]
TORCH = Path(__file__).with_name("torch.toml")
# Where services/Dockerfile takes PyTorch from when there is no folder of wheels.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu/torch/"


@dataclass(frozen=True)
class Built:
    """One image, and the entry that it was built from."""

    images: Images
    spec: Spec
    image: str


def images(catalog: Path, environ: Mapping[str, str]) -> Images:
    torch = catalog == TORCH
    base = environ.get("TORCH_IMAGE_BASE" if torch else "IMAGE_BASE", BASE_IMAGE)
    wheels = Path(environ["TORCH_WHEELS"]) if torch and environ.get("TORCH_WHEELS") else None
    return Images(catalog=Catalog.read(catalog), root=ROOT, engine=engine(), base=base, wheels=wheels)


def why_torch_is_missing(wheels: Path | None, index: str = TORCH_INDEX) -> str | None:
    """Why no torch image can be built here, as a sentence; None when it can."""
    if wheels is not None:
        return None if any(wheels.glob("torch-*.whl")) else f"TORCH_WHEELS ({wheels}) holds no torch-*.whl."
    try:
        with urllib.request.urlopen(index, timeout=15):
            return None
    except (urllib.error.URLError, OSError) as error:
        return f"PyTorch's CPU index is out of reach ({error}), and TORCH_WHEELS names no folder with its wheel."


def make_artifacts(catalog: Catalog) -> None:
    """What `make models` does; nothing, where they are built."""
    subprocess.run([sys.executable, "-m", "models", "build", "--catalog", str(catalog.path)], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def container_engine() -> Engine:
    return engine()


@pytest.fixture(scope="session")
def network(container_engine: Engine) -> Iterator[Network]:
    with container_engine.network() as network:
        yield network


@pytest.fixture(scope="session")
def onnx() -> dict[str, Built]:
    """The embedded models' images, by model."""
    chosen = images(ROOT / EMBEDDED, os.environ)
    make_artifacts(chosen.catalog)
    return {spec.id: Built(chosen, spec, chosen.build(spec)) for spec in chosen.catalog}


@pytest.fixture(scope="session")
def torch() -> Built:
    """An image of the reference runtime. Its tests skip where PyTorch's CPU build cannot be had."""
    chosen = images(TORCH, os.environ)
    if reason := why_torch_is_missing(chosen.wheels):
        pytest.skip(reason)
    make_artifacts(chosen.catalog)
    (spec,) = chosen.catalog
    return Built(chosen, spec, chosen.build(spec))
