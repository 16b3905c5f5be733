"""Models that several test modules ask, made once a session."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.question_answering.checkpoints import Checkpoints


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> "Checkpoints":
    from tests.question_answering.checkpoints import Checkpoints  # it loads PyTorch

    return Checkpoints(tmp_path_factory.mktemp("checkpoints"))
