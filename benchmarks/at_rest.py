"""What a deployment of the embedded catalog costs a month while nobody uses it: measured durations at list prices.

Free tiers are left out, except that of the schedule (14 million invocations). Measures nothing.
"""

import math
from collections.abc import Iterator
from typing import Any

from benchmarks.command import Run, main
from benchmarks.cost import ROUTER_MB, usd_per_million
from benchmarks.goals import usual
from benchmarks.results import Results
from benchmarks.spread import significant
from benchmarks.subjects import EMBEDDED
from models.progress import say
from router.warmup import HOLDS_MS, Pinged
from shared.catalog import Catalog, Spec

# What `benchmarks.subjects` calls the model of each service that the catalog holds.
MODELS = {"question_answering": "MiniLM-size QA", "embeddings": "MiniLM embeddings"}
HOURS, WARM_UP_MINUTES = 30 * 24, 5
WARM_UPS = HOURS * 60 // WARM_UP_MINUTES
# Lambda replaces sandboxes every few hours; two is what https://github.com/mikhailshilkov/mikhailio-hugo/issues/2 saw.
SANDBOX_HOURS = 2
# us-east-1: https://aws.amazon.com/cloudwatch/pricing and https://aws.amazon.com/ecr/pricing
USD_PER_ALARM, USD_PER_DASHBOARD, USD_PER_METRIC, USD_PER_GB_OF_IMAGES = 0.10, 3.0, 0.30, 0.10
# https://aws.amazon.com/lambda/pricing: what docs/deploying.md says of models that are not kept warm.
USD_PER_GB_S_OF_SNAPSHOT, USD_PER_GB_RESTORED, USD_PER_GB_S_PROVISIONED = 0.0000015046, 0.0001397998, 0.0000041667
ALARMS_PER_FUNCTION, ALARMS_OF_API = 3, 2
METRICS_PER_MODEL = len(Pinged(wanted=0).summary())


def measure(run: Run) -> None:
    """Compute the rows from what was measured, and keep them."""
    rows = list(rows_of(run.results, list(Catalog.read(EMBEDDED))))
    for row in rows:
        say(f"{row['what']}: ${row['usd']} a month")
    facts = {"hours": HOURS, "warm_up_minutes": WARM_UP_MINUTES, "sandbox_hours": SANDBOX_HOURS}
    run.results.write("at_rest", rows, unit="USD a month", region="us-east-1, x86", **facts)


def rows_of(results: Results, models: list[Spec]) -> Iterator[dict[str, Any]]:
    """A row for each thing that costs something: how many, and what they cost."""
    sandboxes = sum(model.kept_warm for model in models)
    # A warm ping is its hold and less than a millisecond; the router waits for all of them at once.
    pings = sum(model.kept_warm * usd_per_million(model.memory_mb, HOLDS_MS[0] + 1) for model in models) / 1e6
    router = usd_per_million(ROUTER_MB, math.ceil(HOLDS_MS[0] + _way_ms(results))) / 1e6
    minutes = f"every {WARM_UP_MINUTES} minutes"
    yield _row(f"warm-ups {minutes}: the models", WARM_UPS * sandboxes, WARM_UPS * pings)
    yield _row(f"warm-ups {minutes}: the router, which waits for them", WARM_UPS, WARM_UPS * router)
    fresh = HOURS // SANDBOX_HOURS
    starts = sum(model.kept_warm * usd_per_million(model.memory_mb, _cold_ms(results, model)) for model in models) / 1e6
    yield _row(f"fresh sandboxes, one of each model every {SANDBOX_HOURS} hours", fresh * sandboxes, fresh * starts)
    alarms = (len(models) + 1) * ALARMS_PER_FUNCTION + ALARMS_OF_API
    yield _row("alarms (ten an account are free)", alarms, alarms * USD_PER_ALARM)
    yield _row("dashboard (three an account are free)", 1, USD_PER_DASHBOARD)
    metrics = len(models) * METRICS_PER_MODEL
    yield _row("metrics of the warm-up (ten an account are free)", metrics, metrics * USD_PER_METRIC)
    yield _row("each GB of images", 1, USD_PER_GB_OF_IMAGES)


def _way_ms(results: Results) -> float:
    """What a request takes from the router to a model and back, beyond the model."""
    row = next(iter(results.rows("stack", side="stack", model=MODELS["embeddings"])), None)
    if row is None:
        return 0.0
    phases = dict(row["phases_ms"])
    around = phases.pop("invoke") + phases.pop("router")
    return float(around - sum(phases.values()))


def _cold_ms(results: Results, model: Spec) -> float:
    row = usual(results, "cold", MODELS[model.service])
    return float(row["median"]) if row else 0.0


def _row(what: str, quantity: int, usd: float) -> dict[str, Any]:
    return {"what": what, "quantity": quantity, "usd": significant(usd, 2)}


if __name__ == "__main__":
    main(measure, __doc__)
