"""One emulator for all rehearsals; an account of its own, a checkout and a stack for each."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.rehearsal.checkout import Checkout
from tests.rehearsal.containers import Containers
from tests.rehearsal.containers import containers as run_containers
from tests.rehearsal.deployer import deployer
from tests.rehearsal.emulator import REGION, Emulator, emulator
from tests.rehearsal.provider.kind import Target
from tests.rehearsal.stack import Stack, missing

# Makes a stack: ids of models, `name` and settings in; nothing is deployed yet.
MakeStack = Callable[..., Stack]


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    with run_containers(tmp_path_factory.mktemp("images")) as running:
        yield running


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    if (lack := missing()) is not None:
        pytest.fail(lack)
    with emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The router's dependencies as the first checkout installed them: the others copy them from here."""
    return tmp_path_factory.mktemp("dependencies") / "router"


@pytest.fixture
def make_stack(tmp_path: Path, aws: Emulator, containers: Containers, dependencies: Path) -> Iterator[MakeStack]:
    """Stacks of one checkout, in an account that is empty at first."""
    checkouts: list[Checkout] = []
    backend = tmp_path / "state"
    backend.mkdir()

    def make(*models: str, name: str = "test", **settings: str) -> Stack:
        if not checkouts:
            checkouts.append(Checkout.clone(tmp_path / "checkout", models, dependencies))
        checkout = checkouts[0]
        target = Target(aws, deployer(aws, name), containers, checkout.root)
        stack = Stack(name, checkout, target, tmp_path / "home", backend)
        stack.configure(**{"aws:region": REGION}, **settings)
        return stack

    yield make
    _keep(checkouts, dependencies)
    containers.forget()
    httpx.post(f"{aws.url}/_ministack/reset", timeout=60).raise_for_status()


def _keep(checkouts: list[Checkout], dependencies: Path) -> None:
    for checkout in checkouts:
        for site in (checkout.root / "build" / "router").glob("site-*"):
            if not (dependencies / site.name).exists():
                shutil.copytree(site, dependencies / site.name)


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    """One stack with two models."""
    return make_stack("qa", "de-qa")


@pytest.fixture
def deployed(stack: Stack) -> Stack:
    """The same, deployed."""
    outcome = stack.up()
    assert outcome.ok, outcome.text
    return stack
