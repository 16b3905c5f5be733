"""One emulator for all rehearsals, and the program deployed into it once."""

from collections.abc import Callable, Iterator

import pytest

from shared.catalog import Catalog
from tests.acceptance.conftest import stack as local_stack
from tests.rehearsal.deployment import Deployed
from tests.rehearsal.deployment import deploy as deploy_into
from tests.rehearsal.emulator import ROOT, Emulator, emulator
from tests.rehearsal.sandboxes import Sandboxes, sandboxes

__all__ = ["local_stack"]

CATALOG = "models/embedded/models.toml"
# Every deployment is a stack of its own; the emulator has to know the names of the models' functions when it starts.
STACKS = ("whole", "no-permission", "no-variable", "no-integration")

Deploy = Callable[..., Deployed]


@pytest.fixture(scope="session")
def models() -> Iterator[Sandboxes]:
    with sandboxes(Catalog.read(ROOT / CATALOG), ROOT) as served:
        yield served


@pytest.fixture(scope="session")
def aws(models: Sandboxes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    ids = [spec.id for spec in Catalog.read(ROOT / CATALOG)]
    proxies = {f"model-router-{stack}-{model_id}": f"{models.url}/{model_id}" for stack in STACKS for model_id in ids}
    with emulator(proxies, tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def deploy(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    """Deploys the unmodified program, or one `without` something."""
    directory = tmp_path_factory.mktemp("deployments")

    def run(stack: str, without: str = "nothing", **settings: str) -> Deployed:
        return deploy_into(aws, directory, stack, without, {"catalog": CATALOG, **settings})

    return run


@pytest.fixture(scope="session")
def deployed(deploy: Deploy) -> Deployed:
    return deploy("whole", warmUpMinutes="1")
