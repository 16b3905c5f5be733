"""The platform as a component: of programs other than the project's own, and of deployments from before it was one."""

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.rehearsal.account import DOMAIN, left
from tests.rehearsal.checkout import QUESTION, Checkout
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.emulator import REGION, ROOT, Emulator
from tests.rehearsal.stack import Stack, post

pytestmark = pytest.mark.engine
PROGRAM = re.compile(r"<!-- program -->\n```python\n(.*?)```", re.DOTALL)
FAR = """
import pulumi, pulumi_aws as aws
from pathlib import Path
from infra.model_router import ModelRouter
from infra.settings import Settings

provider = aws.Provider("far", region="us-east-1")
far = ModelRouter("far", Settings(catalog=Path("questions.toml")), pulumi.ResourceOptions(provider=provider))
pulumi.export("url", far.url)
pulumi.export("keys", far.keys)
"""


@pytest.fixture
def shop(make_stack: MakeStack, aws: Emulator, tmp_path: Path) -> Stack:
    """A stack of another project, whose program lies beside the checkout; it has no program yet."""
    stack = make_stack("qa")
    program = Checkout(tmp_path / "shop")
    program.root.mkdir()
    (program.root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for catalog in ("questions", "vectors"):
        stack.checkout.catalog(program.root / f"{catalog}.toml", "qa")
    shop = replace(
        stack,
        checkout=program,
        # Whoever deploys another program has that program's policy.
        cloud=replace(stack.cloud, root=program.root, deployer=aws),
        folders=(stack.checkout.root,),
    )
    shop.configure(**{"aws:region": REGION})
    return shop


def test_the_program_of_the_page_has_two_platforms_beside_its_own_resources(shop: Stack, aws: Emulator) -> None:
    (program,) = PROGRAM.findall((ROOT / "docs" / "deploying.md").read_text(encoding="utf-8"))
    (shop.checkout.root / "__main__.py").write_text(program)
    outcome = shop.up()
    assert outcome.ok, outcome.text
    questions = shop.outputs["questions"]
    assert post(f"{questions}/v1/qa", QUESTION, shop.outputs["key"]).json()["answer"] == "blue"
    unsigned = httpx.post(f"{shop.outputs['vectors']}/v1/qa", json=QUESTION, timeout=60)
    assert unsigned.status_code == 403
    functions = left(aws)["functions"]
    assert sorted(functions) == [
        f"{name}-test-{part}" for name in ("questions", "vectors") for part in ("qa", "router")
    ]
    policy = aws.client("iam").list_role_policies(RoleName="shop-indexer")["PolicyNames"]
    assert len(policy) == 1
    assert shop.up().calls == []
    assert shop.destroy().ok
    assert left(aws) == {}


def test_a_fault_of_one_platform_fails_the_program_and_stops_no_other(shop: Stack) -> None:
    (program,) = PROGRAM.findall((ROOT / "docs" / "deploying.md").read_text(encoding="utf-8"))
    (shop.checkout.root / "__main__.py").write_text(program)
    assert shop.up().ok
    checkout = Checkout(shop.folders[0])
    checkout.spoil("qa", catalog="vectors")
    outcome = shop.up()
    assert not outcome.ok
    assert "vectors-qa: version 2 answers its example wrong" in outcome.text
    assert shop.outputs["questions"]
    assert post(f"{shop.outputs['questions']}/v1/qa", QUESTION, shop.outputs["key"]).status_code == 200


def test_a_platform_is_where_its_provider_is(shop: Stack) -> None:
    (shop.checkout.root / "__main__.py").write_text(FAR)
    outcome = shop.up()
    assert outcome.ok, outcome.text
    assert shop.post("/v1/qa", QUESTION).json()["answer"] == "blue"
    state = json.loads(shop.pulumi("stack", "export").text)
    providers = {r.get("provider", "") for r in state["deployment"]["resources"] if r["type"].startswith("aws:")}
    assert {provider.split("::")[-2] for provider in providers} == {"far"}


def test_an_api_has_a_domain_of_its_own_while_the_settings_say_so(deployed: Stack) -> None:
    deployed.configure(**DOMAIN)
    outcome = deployed.up()
    assert outcome.ok, outcome.text
    assert sorted(outcome.changes) == ["create ApiMapping api", "create DomainName api"]
    gateway = deployed.cloud.aws.client("apigatewayv2")
    (configuration,) = gateway.get_domain_name(DomainName="api.example.com")["DomainNameConfigurations"]
    assert configuration["CertificateArn"] == DOMAIN["certificateArn"]
    assert deployed.outputs["domain"] == {
        "url": "https://api.example.com",
        "target": configuration["ApiGatewayDomainName"],
        "zone": configuration["HostedZoneId"],
    }
    (mapping,) = gateway.get_api_mappings(DomainName="api.example.com")["Items"]
    assert (mapping["ApiId"] in deployed.url, mapping["Stage"]) == (True, "$default")
    assert deployed.up().calls == []
    deployed.configure(**dict.fromkeys(DOMAIN))
    assert sorted(deployed.up().changes) == ["delete ApiMapping api", "delete DomainName api"]


def test_a_name_or_setting_that_cannot_be_is_said_before_anything_is_made(shop: Stack, aws: Emulator) -> None:
    for change, said in {
        'ModelRouter("far", Settings(': 'ModelRouter("Far", Settings(',
        "Settings(catalog=": 'Settings(auth="nobody", catalog=',
        "questions.toml": "missing.toml",
    }.items():
        (shop.checkout.root / "__main__.py").write_text(FAR.replace(change, said))
        outcome = shop.up()
        assert not outcome.ok
        assert "Traceback" not in outcome.text
    assert left(aws) == {}


def test_a_deployment_from_before_the_component_keeps_all_it_has(deployed: Stack) -> None:
    state = deployed.pulumi("stack", "export").text
    component = "model-router:index:ModelRouter"
    before = json.loads(state.replace(f"{component}$", ""))
    resources = before["deployment"]["resources"]
    (own,) = [resource for resource in resources if resource["type"] == component]
    resources.remove(own)
    root = next(resource["urn"] for resource in resources if resource["type"] == "pulumi:pulumi:Stack")
    for resource in resources:
        if resource.get("parent") == own["urn"]:
            resource["parent"] = root
    imported = deployed.pulumi("stack", "import", input=json.dumps(before))
    assert imported.ok, imported.text
    outcome = deployed.up()
    assert outcome.ok, outcome.text
    assert outcome.calls == []
