"""A deployment without AWS: the program, its IAM policies, its API and its schedule in an emulator.

It does not show what the real provider checks, what the real AWS does, nor the permissions of the gateway and the
scheduler, which the emulator does not look at.
"""

import time
from typing import Any

import httpx
import pytest

from tests.infra.test_schema import TYPES
from tests.rehearsal.conftest import Deploy
from tests.rehearsal.deployment import Deployed, DeploymentFailed
from tests.rehearsal.emulator import Emulator
from tests.rehearsal.sandboxes import Sandboxes
from tests.stack import Stack

pytestmark = pytest.mark.emulator

CONTEXT = "The lighthouse of Alcanada stands on a small island. It was built in 1861 and is painted white."
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "question": ("/v1/qa", {"question": "When was the lighthouse built?", "context": CONTEXT}),
    "questions": ("/v1/qa", {"question": ["When was it built?", "Where does it stand?"], "context": CONTEXT}),
    "another model": (
        "/v1/multilingual-qa",
        {"question": "¿De qué color es el faro?", "context": "El faro es blanco."},
    ),
    "hugging face": ("/v1/qa", {"inputs": {"question": "Where does it stand?", "context": CONTEXT}}),
    "embedding": ("/v1/embeddings", {"input": "a white lighthouse"}),
    "embeddings": ("/v1/embeddings", {"input": ["one", "two"], "encoding_format": "base64"}),
    "wrong request": ("/v1/qa", {"question": ""}),
    "no such path": ("/v1/nothing", {}),
}
SCHEDULE_S = 100


@pytest.mark.parametrize(("path", "body"), REQUESTS.values(), ids=REQUESTS)
def test_the_deployed_api_answers_as_the_local_stack_does(
    deployed: Deployed, local_stack: Stack, path: str, body: dict[str, Any]
) -> None:
    there, here = deployed.post(path, body), httpx.post(local_stack.url + path, json=body, timeout=90)
    assert there.status_code == here.status_code
    assert there.json() == here.json()
    assert there.headers.get("x-model") == here.headers.get("x-model")


def test_the_deployed_api_asks_for_its_key(deployed: Deployed) -> None:
    refused = httpx.post(f"{deployed.url}/v1/qa", json={}, timeout=30)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
    assert httpx.get(f"{deployed.url}/healthz", timeout=30).json() == {"status": "ok"}


def test_the_deployed_api_lists_the_models_of_the_catalog(deployed: Deployed) -> None:
    headers = {"authorization": f"Bearer {deployed.key}"}
    listed = httpx.get(f"{deployed.url}/v1/models", headers=headers, timeout=30).json()
    assert [model["id"] for model in listed["data"]] == ["qa", "multilingual-qa", "embeddings"]


def test_the_schedule_reaches_the_router_and_the_models_report_warm_pings(
    deployed: Deployed, models: Sandboxes
) -> None:
    ids = ("qa", "multilingual-qa", "embeddings")
    # The release pings each model once, so the schedule's are the ones after it.
    before = {model_id: len(models.replies_to_pings(model_id)) for model_id in ids}
    deadline = time.monotonic() + SCHEDULE_S
    while time.monotonic() < deadline and any(len(models.replies_to_pings(i)) <= before[i] for i in ids):
        time.sleep(1)
    for model_id in ids:
        latest = models.replies_to_pings(model_id)[before[model_id] :]
        assert latest, f"{model_id} was not pinged within {SCHEDULE_S} s"
        assert latest[0]["meta"]["cold"] is False
        assert latest[0]["meta"]["model"] == model_id


def test_every_type_of_resource_of_the_program_is_created(deployed: Deployed) -> None:
    mail = {"aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"}
    assert {type_ for type_, _ in deployed.created} == set(TYPES) - mail


def test_iam_lets_the_router_invoke_nothing_but_the_models(deployed: Deployed, aws: Emulator) -> None:
    iam = aws.client("iam")
    policies = iam.list_role_policies(RoleName="model-router-whole-router")["PolicyNames"]
    documents = [
        iam.get_role_policy(RoleName="model-router-whole-router", PolicyName=name)["PolicyDocument"]
        for name in policies
    ]
    statements = [statement for document in documents for statement in document["Statement"]]
    invoked = [s["Resource"] for s in statements if s["Action"] == "lambda:InvokeFunction"]
    assert [sorted(arn.rsplit(":function:")[1] for arn in resources) for resources in invoked] == [
        [f"model-router-whole-{model_id}:live" for model_id in ("embeddings", "multilingual-qa", "qa")]
    ]


def test_a_router_that_may_not_invoke_is_not_released(deploy: Deploy, deployed: Deployed) -> None:
    with pytest.raises(DeploymentFailed, match="Version 1 of router is not released: it does not reach qa"):
        deploy("no-permission", without="permission")


def test_a_router_without_a_variable_is_not_released(deploy: Deploy, deployed: Deployed) -> None:
    with pytest.raises(DeploymentFailed, match=r"model-router-no-variable-router\) returned error: .*MODEL_FUNCTION"):
        deploy("no-variable", without="variable")


def test_an_api_without_its_integration_answers_nobody(deploy: Deploy, deployed: Deployed) -> None:
    broken = deploy("no-integration", without="integration")
    path, body = REQUESTS["question"]
    assert deployed.post(path, body).status_code == 200
    assert broken.post(path, body).status_code >= 400
