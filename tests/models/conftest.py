"""A tiny sentence-transformers checkpoint, made once, and a project around a copy of it for each test."""

from pathlib import Path

import pytest

from models.lock import lock
from shared.catalog import Catalog
from tests.models.project import BARE, BARE_FILES, Project, project


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


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A project whose checkpoint nobody loads."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name, text in BARE_FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return project(tmp_path / "project", folder)


@pytest.fixture
def catalog(bare: Project) -> Catalog:
    """One entry of it, locked."""
    found = bare.catalog(letters=BARE)
    lock(found, bare.root)
    return found
