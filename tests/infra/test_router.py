"""The router's function and the API in front of it."""

import hashlib
import json
import zipfile
from typing import Any

import pytest

from infra import package
from infra.settings import AUTHS
from shared.deployment import FUNCTION_ENVIRONMENT, METRICS_NAMESPACE
from shared.served import SERVED_MODELS
from tests.infra.conftest import Deploy
from tests.infra.program import ACCOUNT, KEY, REGION, Program, Stopped
from tests.infra.project import ROOT, Project

FUNCTION, ROUTE = "aws:lambda/function:Function", "aws:apigatewayv2/route:Route"
INTEGRATION, STAGE = "aws:apigatewayv2/integration:Integration", "aws:apigatewayv2/stage:Stage"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:model-router-dev"


def environment(program: Program) -> dict[str, str]:
    variables: dict[str, str] = program.one(FUNCTION, "router")["environment"]["variables"]
    return variables


def test_the_router_is_a_zip_on_a_managed_runtime(program: Program) -> None:
    router = program.one(FUNCTION, "router")
    assert (router["runtime"], router["handler"]) == (package.RUNTIME, "router.handler.handler")
    assert router["memorySize"] == 512
    assert router["timeout"] > 30
    assert "packageType" not in router


def test_the_routers_code_is_known_by_its_digest(deploy: Deploy, project: Project) -> None:
    first = deploy().one(FUNCTION, "router")["sourceCodeHash"]
    assert deploy().one(FUNCTION, "router")["sourceCodeHash"] == first
    project.change_manifest("embeddings", max_tokens=256)
    assert deploy().one(FUNCTION, "router")["sourceCodeHash"] != first


def test_the_router_finds_each_model_under_its_alias(program: Program) -> None:
    template = environment(program)["MODEL_FUNCTION"]
    assert template == f"{ARN}-{{id}}:live"
    for alias in program.all("aws:lambda/alias:Alias"):
        assert template.format(id=alias.name) == f"{ARN}-{alias.name}:{alias.inputs['name']}"


def test_the_environment_is_what_the_router_reads(program: Program) -> None:
    source = "".join((ROOT / "router" / name).read_text() for name in ("settings.py", "auth.py"))
    own = environment(program).keys() - FUNCTION_ENVIRONMENT.keys() - {METRICS_NAMESPACE}
    assert all(f'"{name}"' in source for name in own)
    assert environment(program)["CATALOG"] == "catalog.json"


def test_the_function_holds_a_digest_of_the_key_and_never_the_key(program: Program) -> None:
    key = f"{KEY}key-default"
    assert json.loads(environment(program)["API_KEYS"]) == {"default": hashlib.sha256(key.encode()).hexdigest()}
    holders = [r.name for r in program.resources if key in json.dumps(r.inputs, default=str)]
    assert holders == []
    assert program.outputs["key"] == key


def test_several_keys_have_names(deploy: Deploy) -> None:
    program = deploy(apiKeys="default,mobile")
    assert program.outputs["keys"].keys() == {"default", "mobile"}
    assert json.loads(environment(program)["API_KEYS"]).keys() == {"default", "mobile"}
    assert len(set(program.outputs["keys"].values())) == 2


def test_a_key_is_long_enough_not_to_be_guessed(program: Program) -> None:
    (key,) = program.all("random:index/randomPassword:RandomPassword")
    assert key.inputs == {"length": 40, "special": False}


@pytest.mark.parametrize("auth", ["iam", "none"])
def test_without_key_auth_no_key_is_asked_for_and_the_keys_wait_for_its_return(deploy: Deploy, auth: str) -> None:
    program = deploy(auth=auth)
    assert [key.name for key in program.all("random:index/randomPassword:RandomPassword")] == ["key-default"]
    assert "API_KEYS" not in environment(program)
    assert program.outputs.get("key") is None
    assert not program.outputs.get("keys")


def test_every_function_has_the_environment_that_all_share_and_its_stacks_metrics(deploy: Deploy) -> None:
    other = deploy(stack="prod")
    assert environment(other).items() >= {**FUNCTION_ENVIRONMENT, METRICS_NAMESPACE: "model-router/prod"}.items()
    for part in ("qa", "spanish-qa", "embeddings"):
        assert other.one(FUNCTION, part)["environment"]["variables"] == {METRICS_NAMESPACE: "model-router/prod"}


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


OWN = json.dumps({"default": digest(f"{KEY}key-default")})
PINS: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "another auth": ({"AUTH": "iam"}, {}, "version 7 of router, whose auth is iam; that of this stack is api-key"),
    "keys dropped since": (
        {"API_KEYS": json.dumps({"default": digest(f"{KEY}key-default"), "leaked": digest("old")})},
        {},
        "version 7 of router, whose keys are default, leaked; those of this stack are default",
    ),
    "keys added since": (
        {"API_KEYS": OWN},
        {"apiKeys": "default,mobile"},
        "version 7 of router, whose keys are default; those of this stack are default, mobile",
    ),
    "another key of the same name": (
        {"API_KEYS": json.dumps({"default": digest("dropped and added again")})},
        {},
        "router: version 7 has other keys of the names default, which were dropped since; version 8 stays live",
    ),
}


@pytest.mark.parametrize(("old", "settings", "sentence"), PINS.values(), ids=PINS)
def test_a_router_that_would_revive_a_key_or_open_the_stack_cannot_be_pinned(
    deploy: Deploy, old: dict[str, str], settings: dict[str, str], sentence: str
) -> None:
    live = {"qa": "5", "spanish-qa": "5", "embeddings": "5", "router": "8"}
    seen, more = Program(), dict[str, Any](settings)
    with pytest.raises(Stopped) as stopped:
        deploy(into=seen, live=live, old_router=old, pinnedVersions="router=7", **more)
    assert sentence in str(stopped.value)
    assert [a.inputs["functionVersion"] for a in seen.all("aws:lambda/alias:Alias") if a.name == "router"] in (
        [],
        ["8"],
    )


def test_a_router_of_the_same_keys_can_be_pinned(deploy: Deploy) -> None:
    old = {"AUTH": "api-key", "API_KEYS": OWN}
    program = deploy(old_router=old, pinnedVersions="router=7")
    assert program.one("aws:lambda/alias:Alias", "router")["functionVersion"] == "7"


def test_a_version_that_does_not_exist_cannot_be_pinned(deploy: Deploy) -> None:
    seen = Program()
    with pytest.raises(Stopped, match="pinnedVersions names version 9 of qa, which cannot be had: .*output versions"):
        deploy(into=seen, pinnedVersions="qa=9")
    assert seen.resources == []


@pytest.mark.parametrize("auth", AUTHS)
def test_every_route_says_who_may_call_it(deploy: Deploy, auth: str) -> None:
    program = deploy(auth=auth)
    routes = {r.inputs["routeKey"]: r.inputs["authorizationType"] for r in program.all(ROUTE)}
    assert routes == {"$default": "AWS_IAM" if auth == "iam" else "NONE", "GET /healthz": "NONE"}
    assert environment(program)["AUTH"] == auth


def test_every_route_leads_to_the_routers_alias_in_payload_2_0(program: Program) -> None:
    integration = program.one(INTEGRATION, "api")
    assert integration["integrationType"] == "AWS_PROXY"
    # The default is 1.0.
    assert integration["payloadFormatVersion"] == "2.0"
    assert integration["integrationUri"] == f"invoke/{ARN}-router:live"
    assert integration["timeoutMilliseconds"] == 30_000
    assert {route.inputs["target"] for route in program.all(ROUTE)} == {"integrations/api-id"}


def test_both_throttles_are_always_set(deploy: Deploy) -> None:
    # One alone makes the other 0, and everything answers 429.
    for program, rate, burst in (
        (deploy(), 50, 100),
        (deploy(throttleRate="7"), 7, 100),
        (deploy(throttleBurst="9"), 50, 9),
    ):
        limits = program.one(STAGE, "default")["defaultRouteSettings"]
        assert limits == {"throttlingRateLimit": rate, "throttlingBurstLimit": burst}


def test_the_stage_is_the_unnamed_one_and_deploys_itself(program: Program) -> None:
    stage = program.one(STAGE, "default")
    # A named stage would be a part of every path.
    assert (stage["name"], stage["autoDeploy"]) == ("$default", True)


def test_the_access_log_is_one_line_of_json_with_the_request_id(program: Program) -> None:
    log = program.one(STAGE, "default")["accessLogSettings"]
    assert "\n" not in log["format"]
    assert len(log["format"]) < 3000
    assert json.loads(log["format"])["requestId"] == "$context.requestId"
    group = program.one("aws:cloudwatch/logGroup:LogGroup", "access")
    assert group["name"] == "/aws/vendedlogs/model-router-dev-api"
    assert log["destinationArn"].endswith(group["name"])


def test_settings_of_websocket_apis_are_left_alone(program: Program) -> None:
    route_settings = program.one(STAGE, "default")["defaultRouteSettings"]
    assert not route_settings.keys() & {"dataTraceEnabled", "loggingLevel"}


def test_no_page_may_call_unless_its_origin_is_named(program: Program, deploy: Deploy) -> None:
    assert "corsConfiguration" not in program.one("aws:apigatewayv2/api:Api", "api")
    cors = deploy(corsOrigins="https://a.example").one("aws:apigatewayv2/api:Api", "api")["corsConfiguration"]
    assert cors["allowOrigins"] == ["https://a.example"]
    assert "allowCredentials" not in cors
    assert {"authorization", "content-type", "x-stainless-retry-count"} <= set(cors["allowHeaders"])
    assert {"x-should-retry", "retry-after"} <= set(cors["exposeHeaders"])


def test_a_preflight_needs_no_signature(deploy: Deploy) -> None:
    program = deploy(corsOrigins="https://a.example", auth="iam")
    routes = {r.inputs["routeKey"]: r.inputs["authorizationType"] for r in program.all(ROUTE)}
    # The pattern with a variable does not cover the root.
    assert (routes["OPTIONS /{proxy+}"], routes["OPTIONS /"]) == ("NONE", "NONE")


def test_the_outputs_are_what_a_caller_and_an_operator_need(program: Program) -> None:
    assert program.outputs["url"] == "https://api-id.example"
    assert "model-router-dev-dashboard" in program.outputs["dashboard"]
    assert program.outputs["functions"] == {
        part: f"model-router-dev-{part}" for part in ("router", "qa", "spanish-qa", "embeddings")
    }


def test_the_catalog_in_the_zip_is_what_the_router_reads(deploy: Deploy, project: Project) -> None:

    deploy()
    (made,) = (project.root / "build" / "router").glob("*.zip")
    with zipfile.ZipFile(made) as archive:
        served = SERVED_MODELS.validate_json(archive.read("catalog.json"))
    assert [(m.id, m.task, m.default, m.warm) for m in served] == [
        ("qa", "qa", True, 1),
        ("spanish-qa", "qa-es", True, 1),
        ("embeddings", "embeddings", True, 2),
    ]
