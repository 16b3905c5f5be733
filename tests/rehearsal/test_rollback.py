"""Going back to an earlier version, and forward again: what it serves, and what it must not bring back."""

import httpx
import pytest

from tests.rehearsal.account import live, status
from tests.rehearsal.conftest import MakeStack
from tests.rehearsal.containers import Containers
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_a_pinned_model_goes_back_and_comes_forth_without_another_build(deployed: Stack) -> None:
    deployed.checkout.build("qa", "other weights")
    outcome = deployed.up()
    assert outcome.ok, outcome.text
    assert deployed.outputs["versions"]["qa"] == "2"
    deployed.configure(pinnedVersions="qa=1")
    pinned = deployed.up()
    assert pinned.ok, pinned.text
    assert live(deployed, "qa") == "1"
    assert [str(call) for call in pinned.calls] == ["update Alias qa"]
    assert status(deployed, "qa") == 200
    assert deployed.up().calls == []
    deployed.configure(pinnedVersions=None)
    unpinned = deployed.up()
    assert unpinned.ok, unpinned.text
    assert live(deployed, "qa") == "2"
    assert unpinned.changes == ["update Alias qa"]


def test_an_earlier_commit_is_deployed_again_although_the_base_image_has_moved(
    deployed: Stack, containers: Containers
) -> None:
    deployed.checkout.build("qa", "other weights")
    assert deployed.up().ok
    containers.base = "moved"
    deployed.checkout.build("qa", "weights of qa")
    reverted = deployed.up()
    assert reverted.ok, reverted.text
    assert live(deployed, "qa") == "3"
    assert status(deployed, "qa") == 200
    assert deployed.up().calls == []


def test_a_pinned_router_takes_no_key_that_was_dropped(deployed: Stack) -> None:
    old = deployed.keys["default"]
    deployed.configure(apiKeys="fresh")
    assert deployed.up().ok
    fresh = deployed.keys["fresh"]
    assert (status(deployed, "qa", old), status(deployed, "qa", fresh)) == (401, 200)
    deployed.configure(pinnedVersions="router=1")
    deployed.up()
    assert (status(deployed, "qa", old), status(deployed, "qa", fresh)) == (401, 200)


def test_a_pinned_router_opens_no_stack(make_stack: MakeStack) -> None:
    """The pinned version was deployed when the gateway checked who calls; now the router has to."""
    stack = make_stack("qa", auth="iam")
    assert stack.up().ok
    stack.configure(auth="api-key")
    assert stack.up().ok
    stack.configure(pinnedVersions="router=1")
    stack.up()
    anybody = httpx.post(f"{stack.url}/v1/qa", json={"question": "a", "context": "b"}, timeout=60)
    assert anybody.status_code in (401, 403)


def test_a_pin_to_a_version_that_does_not_exist_changes_nothing_else(deployed: Stack) -> None:
    deployed.configure(pinnedVersions="qa=7")
    assert not deployed.up().ok
    assert live(deployed, "qa") == "1"
    assert status(deployed, "qa") == 200
