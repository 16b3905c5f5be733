"""The whole stack on this machine: requests a second and latency through HTTP, router, invoke and model.

Against the bare model on the same cores: as many processes that only tokenise and run as the stack has sandboxes, and
as many clients as sandboxes, one thread each. The clients' own work is on these cores too.
"""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.command import Run, main
from benchmarks.inputs import Request, requests
from benchmarks.machine import describe, environment
from benchmarks.process import Process
from benchmarks.results import ROOT
from benchmarks.spread import Spread, flat, significant
from benchmarks.subjects import EMBEDDED, Subject, subjects
from local.http_server import address, bind
from models.progress import bar, say

HOST = "127.0.0.1"
READY_S = 120
TIMING = re.compile(r"([\w-]+);dur=([\d.]+)")
# Native bodies of one item, by service.
ROUTES: dict[str, Callable[[Request], dict[str, Any]]] = {
    "question_answering": lambda request: {"question": request["question"][0], "context": request["context"][0]},
    "embeddings": lambda request: {"input": request["input"][0], "encoding_format": "base64"},
}
# Does one request; returns what the router and the model said they took, in milliseconds by phase.
Call = Callable[[Request], dict[str, float]]


def measure(run: Run) -> None:
    """Measure every embedded model, and keep the rows."""
    clients = describe()["cores"]
    with serving(clients) as port:
        rows = [row for subject in subjects(large=False) for row in _rows(run, subject, clients, port)]
    run.results.write("stack", rows, unit="requests/s", clients=clients)


@contextmanager
def serving(sandboxes: int) -> Iterator[int]:
    """The port of a local stack with so many sandboxes for each model and no warm-up in between."""
    with started(sandboxes) as (port, _):
        yield port


@contextmanager
def started(
    sandboxes: int, catalog: Path = EMBEDDED, module: str = "local"
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port of such a stack, and the process that all others are children of; its standard input is a pipe."""
    with bind(HOST, 0) as free:
        port = address(free)[1]
    command = [sys.executable, "-m", module, "--catalog", str(catalog), "--port", str(port)]
    command += ["--max-sandboxes", str(sandboxes), "--warm-up-every", "0"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(1), stdin=subprocess.PIPE, stdout=quiet, stderr=quiet
    ) as child:
        try:
            _wait_until_ready(port, child)
            yield port, child
        finally:
            child.terminate()
            child.wait(READY_S)


def _wait_until_ready(port: int, child: "subprocess.Popen[bytes]") -> None:
    last = time.monotonic() + READY_S
    while time.monotonic() < last:
        if child.poll() is not None:
            raise RuntimeError(f"the local stack ended with status {child.returncode} before it was ready")
        try:
            with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"the local stack did not answer on port {port} within {READY_S} s")


class Client:
    """One client of the stack, with a connection that it keeps."""

    def __init__(self, port: int, subject: Subject) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._path = f"/v1/{subject.entry.model_id}"
        self._body = ROUTES[subject.service]

    def __call__(self, request: Request) -> dict[str, float]:
        body = json.dumps(self._body(request))
        self._connection.request("POST", self._path, body, {"content-type": "application/json"})
        response = self._connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"the stack answered {response.status}: {text[:200]!r}")
        return {name: float(ms) for name, ms in TIMING.findall(response.headers["server-timing"])}


def _rows(run: Run, subject: Subject, clients: int, port: int) -> Iterator[dict[str, Any]]:
    texts = requests(subject.service, subject.artifact, subject.entry.tokens, 8)
    calls = run.choose(25, 5, 5)
    rounds: dict[str, list[Round]] = {"stack": [], "service": [], "bare": []}
    with ExitStack() as stack:
        sides: dict[str, list[Call]] = {"stack": [Client(port, subject) for _ in range(clients)]}
        for name in ("service", "bare"):
            running = [stack.enter_context(Process(subject.side(name, 1), texts[0])) for _ in range(clients)]
            sides[name] = [_asking(process) for process in running]
        for number in bar(range(run.choose(10, 1, 1) + 1), f"{subject.name}: stack, {clients} clients"):
            for name, callers in sides.items():
                measured = Round.of(callers, texts, calls)
                if number:  # the first fills caches and starts sandboxes
                    rounds[name].append(measured)
    bare = Spread.of([done.per_second for done in rounds["bare"]]).median
    for name, done in rounds.items():
        row = {**subject.facts(), "tokens": subject.entry.tokens, "clients": clients, "side": name, **_summary(done)}
        row |= {"of_bare": significant(row["per_second"]["median"] / bare, 4)}
        say(f"{subject.name}, {clients} clients, {name}: {row['per_second']['median']} requests/s")
        yield row


def _asking(process: Process) -> Call:
    def call(request: Request) -> dict[str, float]:
        process.ask(request, 1)
        return {}

    return call


class Round:
    """All callers at once, each one request after the other."""

    def __init__(self, latencies_ms: list[float], phases: list[dict[str, float]], seconds: float) -> None:
        self.latencies_ms = latencies_ms
        self.phases = phases
        self.per_second = len(latencies_ms) / seconds

    @classmethod
    def of(cls, callers: list[Call], texts: list[Request], calls: int) -> "Round":
        """Have each caller do `calls` requests."""

        def run(call: Call) -> list[tuple[float, dict[str, float]]]:
            found = []
            for number in range(calls):
                began = time.perf_counter()
                phases = call(texts[number % len(texts)])
                found.append(((time.perf_counter() - began) * 1000, phases))
            return found

        began = time.perf_counter()
        with ThreadPoolExecutor(len(callers)) as pool:
            found = [each for part in pool.map(run, callers) for each in part]
        seconds = time.perf_counter() - began
        return cls([ms for ms, _ in found], [phases for _, phases in found], seconds)


def _summary(rounds: list[Round]) -> dict[str, Any]:
    """Requests a second, the latency of all requests in ms, and what the router took of its own where there is one."""
    found: dict[str, Any] = {
        "per_second": Spread.of([done.per_second for done in rounds]).to_json(),
        "latency_ms": Spread.of(flat([done.latencies_ms for done in rounds])).to_json(),
    }
    phases = [phases for done in rounds for phases in done.phases if phases]
    if phases:
        names = phases[0].keys()
        found["phases_ms"] = {n: significant(Spread.of([p.get(n, 0.0) for p in phases]).median, 3) for n in names}
    return found


if __name__ == "__main__":
    main(measure, __doc__)
