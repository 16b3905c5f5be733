"""A deployment of the embedded models: it answers as the local stack does, and its schedule keeps it warm.

It does not show what the real provider checks, what AWS itself does, nor the permissions of the gateway and the
scheduler, which the emulator does not look at.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rehearsal.checkout import Checkout
from tests.rehearsal.containers import Containers
from tests.rehearsal.deployer import deployer
from tests.rehearsal.emulator import REGION, ROOT, Emulator
from tests.rehearsal.provider.kind import Target
from tests.rehearsal.stack import Stack
from tests.stack import Stack as LocalStack
from tests.stack import running

pytestmark = pytest.mark.engine

CATALOG = "models/embedded/models.toml"
MODELS = ("qa", "multilingual-qa", "embeddings")
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


@pytest.fixture(scope="module")
def here() -> Iterator[LocalStack]:
    with running(sys.executable, options=("--warm-up-every", "0")) as stack:
        yield stack


@pytest.fixture(scope="module")
def there(
    here: LocalStack,
    tmp_path_factory: pytest.TempPathFactory,
    aws: Emulator,
    containers: Containers,
    dependencies: Path,
) -> Iterator[Stack]:
    """The embedded models, deployed; their functions run in the local stack."""
    folder = tmp_path_factory.mktemp("answers")
    checkout = Checkout.clone(folder / "checkout", (), dependencies)
    place = Path("models", "embedded")
    (checkout.root / place).parent.mkdir(parents=True, exist_ok=True)
    (checkout.root / place).symlink_to(ROOT / place)
    (folder / "state").mkdir()
    target = Target(aws, deployer(aws, "answers"), containers, checkout.root)
    stack = Stack("answers", checkout, target, folder / "home", folder / "state")
    stack.configure(**{"aws:region": REGION}, catalog=CATALOG, warmUpMinutes="1")
    containers.real.update({f"model-router-answers-{model}": here.function(model) for model in MODELS})
    outcome = stack.up()
    assert outcome.ok, outcome.text
    yield stack
    assert stack.destroy().ok
    containers.forget()


@pytest.mark.parametrize(("path", "body"), REQUESTS.values(), ids=REQUESTS)
def test_the_deployed_api_answers_as_the_local_stack_does(
    there: Stack, here: LocalStack, path: str, body: dict[str, Any]
) -> None:
    deployed, local = there.post(path, body), httpx.post(here.url + path, json=body, timeout=90)
    assert deployed.status_code == local.status_code
    assert deployed.json() == local.json()
    assert deployed.headers.get("x-model") == local.headers.get("x-model")


def test_the_deployed_api_asks_for_its_key(there: Stack) -> None:
    refused = httpx.post(f"{there.url}/v1/qa", json={}, timeout=30)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
    assert httpx.get(f"{there.url}/healthz", timeout=30).json() == {"status": "ok"}


def test_the_deployed_api_lists_the_models_of_the_catalog(there: Stack) -> None:
    headers = {"authorization": f"Bearer {there.keys['default']}"}
    listed = httpx.get(f"{there.url}/v1/models", headers=headers, timeout=30).json()
    assert [model["id"] for model in listed["data"]] == list(MODELS)


def test_iam_lets_the_router_invoke_nothing_but_the_models(there: Stack) -> None:
    iam, role = there.cloud.aws.client("iam"), "model-router-answers-router"
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    statements = [statement for document in documents for statement in document["Statement"]]
    invoked = [arn for s in statements if s["Action"] == "lambda:InvokeFunction" for arn in s["Resource"]]
    assert sorted(arn.rsplit(":function:")[1] for arn in invoked) == [
        f"model-router-answers-{model}:live" for model in sorted(MODELS)
    ]


def test_the_schedule_reaches_the_router_and_the_models_are_warm(there: Stack, containers: Containers) -> None:
    def pings(model: str) -> list[dict[str, Any]]:
        name = f"model-router-answers-{model}"
        return [i.reply for i in containers.invocations if i.function == name and "ping" in i.event and i.reply]

    # The release pings each model once, so the schedule's are those after it.
    deadline = time.monotonic() + SCHEDULE_S
    while time.monotonic() < deadline and any(len(pings(model)) < 2 for model in MODELS):
        time.sleep(1)
    for model in MODELS:
        assert len(pings(model)) >= 2, f"{model} was not pinged within {SCHEDULE_S} s"
        assert (pings(model)[-1]["meta"]["cold"], pings(model)[-1]["meta"]["model"]) == (False, model)
