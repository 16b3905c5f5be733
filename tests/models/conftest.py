"""A tiny sentence-transformers checkpoint, made once, and a project around a copy of it for each test."""

from pathlib import Path

import pytest

from tests.models.project import Project, project


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT over single letters that knows nothing."""
    from tests.embeddings import tiny

    folder = tmp_path_factory.mktemp("letters")
    return tiny.sentence_transformer(tiny.bert(folder / "bert"), folder / "model", pooling="mean", normalize=True)


@pytest.fixture
def here(tmp_path: Path, letters: Path) -> Project:
    """A project with the checkpoint `letters`."""
    return project(tmp_path, letters)
