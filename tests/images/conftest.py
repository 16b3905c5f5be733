"""The images of the embedded catalog and one of the reference runtime, built once.

IMAGE_BASE and TORCH_IMAGE_BASE name other base images than AWS's; TORCH_WHEELS a folder to take PyTorch from.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.engine import Engine, Network, engine
from local.images import BASE, EMBEDDED, Images
from shared.catalog import Catalog, Spec

ROOT = Path(__file__).parents[2]
TORCH = Path(__file__).with_name("torch.toml")


@dataclass(frozen=True)
class Built:
    """One image, and the entry that it was built from."""

    images: Images
    spec: Spec
    image: str


def images(catalog: Path, environ: Mapping[str, str]) -> Images:
    torch = catalog == TORCH
    base = environ.get("TORCH_IMAGE_BASE" if torch else "IMAGE_BASE", BASE)
    wheels = Path(environ["TORCH_WHEELS"]) if torch and "TORCH_WHEELS" in environ else None
    return Images(catalog=Catalog.read(catalog), root=ROOT, engine=engine(), base=base, wheels=wheels)


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
    """An image of the reference runtime."""
    chosen = images(TORCH, os.environ)
    make_artifacts(chosen.catalog)
    (spec,) = chosen.catalog
    return Built(chosen, spec, chosen.build(spec))
