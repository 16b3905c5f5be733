"""The time from an event to its first answer by each way to start: on demand, from a snapshot, standing ready.

The local stack plays Lambda's protocols: a process that has loaded its model and waits stands for the snapshot. On AWS
the machine's memory is restored first, which this leaves out: it shows what is left to do then. The ways take turns.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.command import Run, main
from benchmarks.results import ROOT
from benchmarks.spread import Spread, significant
from benchmarks.subjects import EMBEDDED
from local.function import Function
from local.functions import Functions
from local.launcher import LocalLauncher
from local.stack import Settings, model_function
from models.progress import bar, say
from shared.catalog import Catalog
from shared.manifest import Manifest

CATALOG = Catalog.read(EMBEDDED)
SETTINGS = Settings(catalog=CATALOG, root=ROOT, max_sandboxes=1, warm_up_every_s=0, api_keys={})
WAYS: dict[str, Callable[[Function], Function]] = {
    "on demand": lambda function: function,
    "snapshot": lambda function: replace(function, snap_start=True),
    "provisioned": lambda function: replace(function, provisioned=1),
}
MODELS = ("qa", "embeddings")


def measure(run: Run) -> None:
    """Start each model each way by turns, and keep how long the first event took."""
    rounds = run.choose(15, 2, 15)
    seconds: dict[tuple[str, str], list[float]] = {(model, way): [] for model in MODELS for way in WAYS}
    turns = [(model, way) for _ in range(rounds) for model in MODELS for way in WAYS]
    for model, way in bar(turns, "starts"):
        seconds[model, way].append(asyncio.run(first_answer_s(model, way)))
    rows = [_row(model, way, seconds[model, way], seconds[model, "on demand"]) for model, way in seconds]
    for row in rows:
        say(f"{row['model']}, {row['way']}: {row['ms']['median']} ms, {row['of_on_demand']} of a start on demand")
    run.results.write("starts", rows, unit="ms", rounds=rounds)


async def first_answer_s(model: str, way: str) -> float:
    """Start a model's function one way, and return the seconds from its first event to the answer."""
    function = WAYS[way](model_function(CATALOG[model], SETTINGS, LocalLauncher(ROOT)))
    example = Manifest.read(CATALOG.artifact(model, ROOT)).example["request"]
    payload = json.dumps({"request": example}).encode()
    with tempfile.TemporaryDirectory() as folder:
        functions = Functions(Path(folder))
        functions.define(function)
        try:
            await functions.prepare()
            began = time.perf_counter()
            result = await functions.invoke(function.name, payload)
            took_s = time.perf_counter() - began
        finally:
            await functions.stop()
    if "result" not in json.loads(result.outcome.payload):
        raise RuntimeError(f"{model}, {way}: no answer but {result.outcome.payload!r}")
    return took_s


def _row(model: str, way: str, seconds: list[float], on_demand: list[float]) -> dict[str, Any]:
    ratios = [own / other for own, other in zip(seconds, on_demand, strict=True)]
    return {
        "model": model,
        "way": way,
        "ms": Spread.of([one * 1000 for one in seconds]).to_json(),
        "of_on_demand": significant(Spread.of(ratios).median, 2),
    }


if __name__ == "__main__":
    main(measure, __doc__)
