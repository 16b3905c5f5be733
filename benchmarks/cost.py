"""What a million requests cost on Lambda: from the durations that `warm` and `stack` measured, and list prices.

A function's processor share grows with its memory, one vCPU at 1,769 MB: below that a request takes longer in
proportion and costs the same, so the best size is one vCPU, or two where two threads are cheaper. Measures nothing.
"""

from collections.abc import Iterator
from typing import Any

from benchmarks.command import Run, main
from benchmarks.machine import MB_PER_VCPU
from benchmarks.results import Results
from benchmarks.spread import significant
from models.progress import say

# us-east-1, x86, first tier: https://aws.amazon.com/lambda/pricing and https://cloudchipr.com/blog/aws-lambda-pricing
USD_PER_GB_S = 0.0000166667
USD_PER_MILLION_REQUESTS = 0.20
ROUTER_MB = 512
# What the pages of well-known examples say of memory and warm duration; XLM-R large's page has none, it is assumed.
PAGES = "https://github.com/philschmid/"
PUBLISHED = (
    ("MobileBERT QA as published", 5120, 220.0, f"{PAGES}serverless-bert-huggingface-aws-lambda-docker"),
    ("XLM-R large QA as published, 1 s assumed", 10240, 1000.0, f"{PAGES}multilingual-serverless-qa-aws-lambda"),
)


def measure(run: Run) -> None:
    """Compute the rows from what was measured, and keep them."""
    rows = [*_measured(run.results), *_published()]
    for row in rows:
        say(f"{row['what']}: ${row['usd_per_million']} per million requests")
    prices = {"usd_per_gb_s": USD_PER_GB_S, "usd_per_million_requests": USD_PER_MILLION_REQUESTS}
    run.results.write("cost", rows, unit="USD", region="us-east-1, x86", **prices)


def usd_per_million(memory_mb: float, ms: float) -> float:
    """What a million requests of `ms` billed milliseconds cost a function of that memory."""
    gb_seconds = memory_mb / 1024 * ms / 1000
    return gb_seconds * USD_PER_GB_S * 1e6 + USD_PER_MILLION_REQUESTS


def _measured(results: Results) -> Iterator[dict[str, Any]]:
    """Each model's service and the usual way at the better of the measured sizes, then the router in front of it."""
    rows = results.rows("warm", usual=True) + results.rows("warm-large", usual=True)
    for model in dict.fromkeys(row["model"] for row in rows):
        mine = [row for row in rows if row["model"] == model]
        fastest = next(row["fastest_usual"] for row in mine if row["side"] == "service" and row["threads"] == 1)
        yield _best(mine, "service", "model-router")
        yield _best(mine, fastest, "the usual way")
    for row in results.rows("stack", side="stack"):
        waited = row["phases_ms"]["invoke"] + row["phases_ms"]["router"]
        yield _row(f"the router in front of {row['model']}, while it waits", ROUTER_MB, waited, row["model"])


def _best(rows: list[dict[str, Any]], side: str, who: str) -> dict[str, Any]:
    """The cheaper of one vCPU and two."""
    sizes = [
        _row(f"{row['model']}, {who}", row["threads"] * MB_PER_VCPU, row["median"], row["model"])
        for row in rows
        if row["side"] == side
    ]
    return min(sizes, key=lambda row: row["usd_per_million"])


def _published() -> Iterator[dict[str, Any]]:
    for what, memory_mb, ms, source in PUBLISHED:
        yield {**_row(what, memory_mb, ms, None), "source": source}


def _row(what: str, memory_mb: int, ms: float, model: str | None) -> dict[str, Any]:
    usd = significant(usd_per_million(memory_mb, ms), 3)
    return {"what": what, "model": model, "memory_mb": memory_mb, "ms": ms, "usd_per_million": usd}


if __name__ == "__main__":
    main(measure, __doc__)
