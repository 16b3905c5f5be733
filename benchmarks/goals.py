"""What the project set out to reach, and whether the result files say that it did. Knows no benchmark's inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.results import Results
from benchmarks.spread import significant

# Of each model: how many times as much the usual way takes to start, to answer (p50, one thread), and of memory.
RATIOS = {
    "MiniLM embeddings": {"cold": 25.0, "warm": 6.0, "memory": 5.0},
    "MiniLM-size QA": {"cold": 20.0, "warm": 4.5, "memory": 4.0},
    "XLM-R large QA": {"cold": 6.0, "warm": 6.0, "memory": 3.0},
}
TITLES = {"cold": "cold start", "warm": "warm p50", "memory": "peak memory"}
WHERE: dict[str, dict[str, Any]] = {
    "cold": {"condition": "1 vCPU"},
    "warm": {"threads": 1, "usual": True},
    "memory": {},
}
LARGE = ("MobileBERT QA", "XLM-R large QA")
# Lambda ends an init after 10 s; what comes before the handler's import takes its part.
READY_S = 8.0
DOT_PRODUCTS = {"avx_vnni", "avx512_vnni", "asimddp", "i8mm"}
NO_DOTS = "this processor has no 8-bit dot product (VNNI), without which int8 is at most twice as fast as float32"
FLOAT_REST = "attention, GELU and normalisation stay in float"
SHARED_CORES = "clients, gateway, emulation and router share these cores with the models; on AWS they have their own"
NAMES = {"session": "loading the model", "first": "the first answer", "other": "our own set-up"}


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One goal. `measured` is None until its benchmark has run; `at_most` turns the comparison round."""

    name: str
    target: float
    measured: float | None
    unit: str = "times"
    at_most: bool = False
    why: str = ""

    @property
    def met(self) -> bool:
        if self.measured is None:
            return False
        return self.measured <= self.target if self.at_most else self.measured >= self.target

    @property
    def outcome(self) -> str:
        """Met, or by how much it falls short and why."""
        if self.measured is None:
            return "not measured yet"
        if self.met:
            return "met"
        missing = abs(self.measured - self.target) / self.target
        return f"{'over' if self.at_most else 'short'} by {missing:.0%}" + (f": {self.why}" if self.why else "")


def goals(results: Results) -> list[Goal]:
    """Every goal, with what was measured."""
    return [*_ratios(results), *_others(results)]


def _ratios(results: Results) -> Iterator[Goal]:
    for model, targets in RATIOS.items():
        for benchmark, target in targets.items():
            row = usual(results, benchmark, model)
            measured = row["ratio"]["median"] if row and "ratio" in row else None
            name = f"{model}: {TITLES[benchmark]}, the usual way / ours"
            yield Goal(name=name, target=target, measured=measured, why=_why(results, benchmark, row))


def usual(results: Results, benchmark: str, model: str, side: str = "service") -> dict[str, Any] | None:
    """The row that a goal is about: one thread, at the model's usual length."""
    return next(iter(results.rows(_file(benchmark, model), model=model, side=side, **WHERE[benchmark])), None)


def _file(benchmark: str, model: str) -> str:
    return f"{benchmark}-large" if model in LARGE else benchmark


def _why(results: Results, benchmark: str, row: dict[str, Any] | None) -> str:
    """What is known to stand in the way on the machine that was measured."""
    if row is None:
        return ""
    if benchmark == "cold":
        phases = sorted(row.get("phases_ms", {}).items(), key=lambda phase: -phase[1])
        largest = ", ".join(f"{NAMES.get(name, name)} {ms:.0f}" for name, ms in phases[:4])
        return f"of our {row['median']:.0f} ms: {largest}"
    if benchmark == "memory":
        return f"its weights alone are {row['artifact_mb']:.0f} MB"
    found = results.read(_file(benchmark, row["model"]))
    if benchmark == "warm" and found:
        if not DOT_PRODUCTS & set(found["machine"]["instructions"]):
            return NO_DOTS
        products = results.rows(_file("products", row["model"]), model=row["model"])
        gained = (
            f"the matrix products alone are {products[0]['ratio']['median']:.2g} times as fast; " if products else ""
        )
        return gained + FLOAT_REST
    return ""


def _others(results: Results) -> Iterator[Goal]:
    yield from _throughput(results)
    for model in RATIOS:
        if "QA" in model:
            row = usual(results, "warm", model)
            over = significant((row["over_bare"]["median"] - 1) * 100, 3) if row else None
            yield Goal(name=f"{model}: service over bare model", target=5.0, measured=over, unit="%", at_most=True)
    ready = results.rows("cold-large", model="XLM-R large QA", side="service", condition="2 vCPU, page cache dropped")
    seconds = significant(ready[0]["median"] / 1000, 3) if ready and "median" in ready[0] else None
    name = "XLM-R large QA: ready from a cold page cache on two cores"
    yield Goal(name=name, target=READY_S, measured=seconds, unit="s", at_most=True)
    stack = results.rows("stack", model="MiniLM-size QA", side="stack")
    kept = significant(stack[0]["of_bare"] * 100, 3) if stack else None
    name = "MiniLM-size QA: the stack's requests/s of the bare model's"
    yield Goal(name=name, target=85.0, measured=kept, unit="%", why=SHARED_CORES)


def _throughput(results: Results) -> Iterator[Goal]:
    """Speed and nearness to the float model, each against the fastest peer."""
    for threads in (1, 2):
        rows = [row for row in results.rows("throughput", threads=threads) if "median" in row]
        ours = next((row for row in rows if row["side"] == "service"), None)
        best = max((row for row in rows if row is not ours), key=lambda row: row["median"], default=None)
        speed = cosine = None
        rival, least = "the best peer", 1.0
        if ours and best:
            speed = significant(ours["median"] / best["median"], 3)
            rival, least, cosine = best["side"], best["cosine_mean"], ours["cosine_mean"]
        where = f"Embeddings, {threads} thread{'s' * (threads > 1)}"
        yield Goal(name=f"{where}: tokens/s, ours / {rival}", target=1.5, measured=speed)
        yield Goal(
            name=f"{where}: mean cosine to the float model, at least {rival}'s", target=least, measured=cosine, unit=""
        )
