"""One emulator for all rehearsals, and the program deployed into it once."""

import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.runtime import settings as runtime

from shared.catalog import Catalog
from tests.acceptance.conftest import stack as local_stack
from tests.rehearsal.emulator import ROOT, Emulator, emulator
from tests.rehearsal.engine import Edit, Engine
from tests.rehearsal.resource import Inputs
from tests.rehearsal.sandboxes import Sandboxes, sandboxes

__all__ = ["local_stack"]

CATALOG = "models/embedded/models.toml"
# Every deployment is a stack of its own; the emulator has to know the names of the models' functions when it starts.
STACKS = ("whole", "no-permission", "no-variable", "no-integration")


@dataclass(frozen=True)
class Deployed:
    """What a deployment gives its users."""

    url: str
    key: str
    created: list[tuple[str, str]]

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.post(self.url + path, json=body, headers=headers, timeout=90)


Deploy = Callable[..., Deployed]


def unchanged(type_: str, name: str, inputs: Inputs) -> Inputs:
    return inputs


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
def deploy(aws: Emulator) -> Deploy:
    """Deploys the unmodified program, or, with an `edit`, one that registers something else."""

    def run(stack: str, edit: Edit = unchanged, **settings: str) -> Deployed:
        return _deploy(aws, stack, edit, {"catalog": CATALOG, **settings})

    return run


@pytest.fixture(scope="session")
def deployed(deploy: Deploy) -> Deployed:
    return deploy("whole", warmUpMinutes="1")


def _deploy(aws: Emulator, stack: str, edit: Edit, settings: dict[str, str]) -> Deployed:
    engine = Engine(aws, edit)
    pulumi.runtime.set_mocks(engine, project="model-router", stack=stack, preview=False)
    pulumi.runtime.set_all_config({f"model-router:{key}": value for key, value in settings.items()})
    outputs: dict[str, Any] = {}

    def program() -> pulumi.Output[None]:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        root: Any = runtime.get_root_resource()
        return pulumi.Output.all(**root.outputs).apply(outputs.update)

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    return Deployed(url=outputs["url"], key=outputs["key"], created=engine.created)
