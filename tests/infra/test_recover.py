"""What becomes of a deployment's state after it was killed."""

from typing import Any

from infra import policy
from infra.recover import IDS, recovered

URN = "urn:pulumi:dev::model-router::{type}::{name}"


def resource(type_: str, logical: str, **inputs: str) -> dict[str, Any]:
    return {"urn": URN.format(type=type_, name=logical), "custom": True, "type": type_, "inputs": inputs, "parent": "p"}


def state(pending: list[tuple[str, dict[str, Any]]], *resources: dict[str, Any]) -> dict[str, Any]:
    operations = [{"type": kind, "resource": found} for kind, found in pending]
    return {"version": 3, "deployment": {"resources": list(resources), "pending_operations": operations, "secrets": {}}}


FUNCTION = resource("aws:lambda/function:Function", "qa", name="model-router-dev-qa")


def test_what_was_being_made_is_taken_over_under_its_own_name() -> None:
    schedule = resource("aws:scheduler/schedule:Schedule", "warm-up", name="w", groupName="g")
    after, lines = recovered(state([("creating", FUNCTION), ("creating", schedule)]))
    assert after["deployment"]["pending_operations"] == []
    first, second = after["deployment"]["resources"]
    assert first == {**FUNCTION, "id": "model-router-dev-qa", "outputs": FUNCTION["inputs"]}
    assert second["id"] == "g/w"
    assert lines[0] == "Function qa: taken over as model-router-dev-qa, if it was made"


def test_what_has_no_name_of_ours_is_forgotten_and_told() -> None:
    api = resource("aws:apigatewayv2/api:Api", "api", name="model-router-dev-api")
    after, lines = recovered(state([("creating", api)]))
    assert after["deployment"]["resources"] == []
    assert lines == ["Api api: forgotten; look for one that nothing uses, and delete it"]


def test_what_is_known_already_stays_as_it_is() -> None:
    known = {**FUNCTION, "id": "model-router-dev-qa", "outputs": {"version": "3"}}
    for kind in ("updating", "deleting", "creating"):
        after, _ = recovered(state([(kind, FUNCTION)], known))
        assert after["deployment"]["resources"] == [known]


def test_a_state_in_which_nothing_was_under_way_is_the_same() -> None:
    before = state([], FUNCTION)
    assert recovered(before) == (before, ["nothing was under way"])


def test_every_type_is_one_that_the_program_registers() -> None:
    assert set(IDS) <= set(policy.NEEDS)
