"""Who may call: keys that change, all ways of authentication, and the pages of other origins."""

import httpx
import pytest

from tests.rehearsal.account import status
from tests.rehearsal.checkout import QUESTION
from tests.rehearsal.load import asking
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_keys_are_rotated_with_no_moment_in_which_neither_works(deployed: Stack) -> None:
    old = deployed.keys["default"]
    deployed.configure(apiKeys="default,fresh")
    with asking(deployed, "qa", old) as with_old:
        assert deployed.up().ok
    assert with_old.kinds == ["200"]
    fresh = deployed.keys["fresh"]
    assert deployed.keys["default"] == old
    deployed.configure(apiKeys="fresh")
    with asking(deployed, "qa", fresh) as with_fresh:
        dropped = deployed.up()
    assert dropped.ok, dropped.text
    assert with_fresh.kinds == ["200"]
    # The password goes last, when nothing knows it any more.
    assert dropped.changes[-1] == "delete RandomPassword key-default"
    assert (status(deployed, "qa", old), status(deployed, "qa", fresh)) == (401, 200)


def test_auth_goes_through_all_three_and_back_with_the_same_keys(deployed: Stack) -> None:
    keys = deployed.keys
    assert unsigned(deployed) == 401
    deployed.configure(auth="iam")
    assert deployed.up().ok
    assert unsigned(deployed) == 403
    assert httpx.get(f"{deployed.url}/healthz", timeout=60).status_code == 200
    deployed.configure(auth="none")
    opened = deployed.up()
    assert opened.ok, opened.text
    assert "anybody" in opened.text
    assert unsigned(deployed) == 200
    deployed.configure(auth=None)
    assert deployed.up().ok
    assert unsigned(deployed) == 401
    assert deployed.keys == keys
    assert status(deployed, "qa", keys["default"]) == 200


def unsigned(stack: Stack) -> int:
    """How somebody is answered who shows nothing."""
    return httpx.post(f"{stack.url}/v1/qa", json=QUESTION, timeout=60).status_code


def test_pages_of_an_origin_may_call_while_it_is_set(deployed: Stack) -> None:
    page = "https://app.example.com"
    assert "access-control-allow-origin" not in preflight(deployed, page)
    deployed.configure(corsOrigins=page)
    assert deployed.up().ok
    assert preflight(deployed, page)["access-control-allow-origin"] == page
    assert "access-control-allow-origin" not in preflight(deployed, "https://other.example.com")
    deployed.configure(corsOrigins=None)
    assert deployed.up().ok
    assert "access-control-allow-origin" not in preflight(deployed, page)
    assert deployed.up().calls == []


def preflight(stack: Stack, origin: str) -> httpx.Headers:
    """What a browser hears before it lets a page of `origin` call."""
    asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    return httpx.options(f"{stack.url}/v1/qa", headers=asked, timeout=60).headers
