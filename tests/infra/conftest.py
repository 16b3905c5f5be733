from pathlib import Path
from typing import Any

import pytest

from infra.names import Names
from tests.infra.program import STACK, Answer, Program, run
from tests.infra.project import GOLDEN, Project


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many trials, without the pauses."""
    monkeypatch.setattr("infra.release.PAUSES_S", (0, 0, 0, 0))
    monkeypatch.setattr("infra.release.PREPARING_PAUSE_S", 0)


@pytest.fixture(autouse=True)
def cleared(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was taken away of former ways to start, in place of calls to AWS: `ready` by part, versions kept by part."""
    found: dict[str, Any] = {"ready": [], "kept": {}}

    def give_back(names: Names, part: str, tell: object) -> None:
        found["ready"].append(part)

    def forget_snapshots(names: Names, part: str, keep: set[str], tell: object) -> None:
        found["kept"][part] = keep

    monkeypatch.setattr("infra.leftovers.give_back", give_back)
    monkeypatch.setattr("infra.leftovers.forget_snapshots", forget_snapshots)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def golden(part: str, payload: dict[str, Any]) -> dict[str, Any]:
    """What functions in good health answer to a release."""
    if part == "router":
        return {"warm": {n: {"sandboxes": 1, "cold": 0, "failed": 0} for n in payload["warmup"]["concurrency"]}}
    return {"result": GOLDEN, "meta": {}}


class Deploy:
    """Runs the program in a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def __call__(
        self,
        answer: Answer = golden,
        into: Program | None = None,
        stack: str = STACK,
        **more: Any,
    ) -> Program:
        return run(self._project.root, answer, into, stack, **more)


@pytest.fixture
def deploy(project: Project) -> Deploy:
    return Deploy(project)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program with default settings."""
    return run(Project(tmp_path_factory.mktemp("project")).root, golden)
