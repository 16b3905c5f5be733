"""That the functions of the local stack run with what AWS's run with."""

from pathlib import Path

from local.launcher import LocalLauncher
from local.stack import Settings, model_function, router_function
from shared.catalog import Catalog
from shared.deployment import FUNCTION_ENVIRONMENT, MODEL_ENVIRONMENT, ROUTER_MEMORY_MB, ROUTER_TIMEOUT_S

ROOT = Path(__file__).parents[2]
CATALOG = Catalog.read(ROOT / "models" / "embedded" / "models.toml")
SETTINGS = Settings(catalog=CATALOG, root=ROOT, max_sandboxes=1, warm_up_every_s=0, api_keys={})


def test_a_model_has_the_environment_of_its_image() -> None:
    function = model_function(CATALOG["qa"], SETTINGS, LocalLauncher(ROOT))
    assert {**function.environment, **MODEL_ENVIRONMENT} == function.environment
    assert function.environment.keys() - MODEL_ENVIRONMENT.keys() == {"MODEL_DIR"}


def test_the_router_has_the_environment_memory_and_time_out_of_the_deployed_one() -> None:
    function = router_function(SETTINGS, Path("catalog.json"), "http://127.0.0.1:1", LocalLauncher(ROOT))
    assert {**function.environment, **FUNCTION_ENVIRONMENT} == function.environment
    assert (function.memory_mb, function.timeout_s) == (ROUTER_MEMORY_MB, ROUTER_TIMEOUT_S)
