"""Models that come, go and change their names while callers ask."""

import pytest

from tests.rehearsal.account import left, status
from tests.rehearsal.load import asking
from tests.rehearsal.stack import Stack

pytestmark = pytest.mark.engine


def test_a_model_is_added_under_load(deployed: Stack) -> None:
    deployed.checkout.serve("qa", "de-qa", "fr-qa")
    with asking(deployed, "qa") as old, asking(deployed, "fr-qa") as added:
        outcome = deployed.up()
        assert outcome.ok, outcome.text
    assert old.kinds == ["200"]
    assert added.kinds == ["404 not_found", "200"]


def test_a_model_is_removed_under_load(deployed: Stack) -> None:
    deployed.checkout.serve("qa")
    with asking(deployed, "qa") as kept, asking(deployed, "de-qa") as removed:
        outcome = deployed.up()
        assert outcome.ok, outcome.text
    assert kept.kinds == ["200"]
    # It serves until the router no longer knows it, and is never known and out of reach.
    assert removed.kinds == ["200", "404 not_found"]
    assert not [name for names in left(deployed.cloud.aws).values() for name in names if "de-qa" in name]


def test_a_model_is_renamed_under_load(deployed: Stack) -> None:
    deployed.checkout.serve("qa", "german-qa")
    with asking(deployed, "qa") as kept, asking(deployed, "de-qa") as old, asking(deployed, "german-qa") as new:
        outcome = deployed.up()
        assert outcome.ok, outcome.text
    assert kept.kinds == ["200"]
    assert old.kinds == ["200", "404 not_found"]
    assert new.kinds == ["404 not_found", "200"]


def test_a_removed_model_serves_on_where_the_router_is_not_released(deployed: Stack) -> None:
    deployed.checkout.serve("qa", "fr-qa")
    deployed.checkout.spoil("fr-qa")
    with asking(deployed, "qa") as kept:
        outcome = deployed.up()
    assert not outcome.ok
    assert "fr-qa: version 1 answers its example wrong" in outcome.text
    assert kept.kinds == ["200"]
    deployed.checkout.build("fr-qa", "mended weights")
    mended = deployed.up()
    assert mended.ok, mended.text
    assert (status(deployed, "fr-qa"), status(deployed, "de-qa")) == (200, 404)
