"""What the environment must say, and what stops the router."""

import json
from pathlib import Path

import pytest

from router.auth import ApiKeys, Auth, Iam, Nobody, auth_from_env
from router.handler import build
from router.settings import Settings, SettingsError
from shared.served import SERVED_MODELS
from tests.router.world import EMBEDDINGS, QA

DIGEST = "ab" * 32
ENVIRON = {"CATALOG": "served.json", "MODEL_FUNCTION": "model-{id}", "API_KEYS": json.dumps({"alice": DIGEST})}


def test_a_deployment_with_keys_is_complete() -> None:
    settings = Settings.from_env({**ENVIRON, "MAX_CONCURRENCY": "8"})
    assert settings == Settings(
        catalog=Path("served.json"),
        model_function="model-{id}",
        concurrency=8,
    )


def test_the_usual_way_to_authenticate_is_by_key() -> None:
    assert isinstance(auth_from_env(ENVIRON), ApiKeys)


@pytest.mark.parametrize(("auth", "kind"), [("none", Nobody), ("iam", Iam)])
def test_keys_are_not_needed_where_they_are_not_asked_for(auth: str, kind: type[Auth]) -> None:
    environ = {"CATALOG": "c", "MODEL_FUNCTION": "{id}", "AUTH": auth}
    assert type(auth_from_env(environ)) is kind
    assert Settings.from_env(environ).concurrency == 4


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"API_KEYS": ""}, "API_KEYS has no key"),
        ({"API_KEYS": "{}"}, "API_KEYS has no key"),
        ({"API_KEYS": "a-key-in-plain-text"}, "API_KEYS is not"),
        ({"API_KEYS": '{"alice": "a-key-in-plain-text"}'}, "API_KEYS is not"),
        ({"API_KEYS": '{"alice": 1}'}, "API_KEYS is not"),
        ({"API_KEYS": "[]"}, "API_KEYS is not"),
        ({"AUTH": "jwt"}, "AUTH is 'jwt'"),
        ({"AUTH": ""}, "AUTH is ''"),
        ({"CATALOG": ""}, "CATALOG is not set"),
        ({"MODEL_FUNCTION": ""}, "MODEL_FUNCTION is not set"),
        ({"MODEL_FUNCTION": "model-qa"}, "MODEL_FUNCTION has no {id}"),
        ({"MAX_CONCURRENCY": "0"}, "MAX_CONCURRENCY is '0'"),
        ({"MAX_CONCURRENCY": "many"}, "MAX_CONCURRENCY is 'many'"),
    ],
)
def test_a_wrong_variable_stops_the_router_and_is_named(change: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        build({**ENVIRON, **change}, region_name="us-east-1")
    assert str(caught.value).startswith(named)
    assert "plain-text" not in str(caught.value)


def test_the_app_is_built_from_the_environment(tmp_path: Path) -> None:
    catalog = tmp_path / "served.json"
    catalog.write_bytes(SERVED_MODELS.dump_json([QA, EMBEDDINGS]))
    app = build({**ENVIRON, "CATALOG": str(catalog)}, region_name="us-east-1")
    assert [model.id for model in app.models] == ["qa", "embeddings"]
    assert {"/v1/qa", "/v1/embeddings", "/embed"} <= {route.path for route in app.routes}
