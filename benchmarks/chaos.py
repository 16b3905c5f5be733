"""Mixed traffic while processes are killed, stopped and starved, models fail and clients hang up: `--requests` in all.

A third of the requests is sent by as many clients as a model has sandboxes, a third by twice as many, a third by five
times as many, with a phase without faults before and after. Every answer is compared with the one that the same request
has alone. Prints what was found, and ends with status 1 where a promise was broken.
"""

import argparse
import http.client
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.attacker import Attacker, Fault
from benchmarks.calls import is_documented, post, post_alone
from benchmarks.memory_watch import MemoryWatch
from benchmarks.mixed import Draw
from benchmarks.stack import HOST, started
from benchmarks.subjects import EMBEDDED
from models.progress import bar, say
from shared.catalog import Catalog
from shared.deployment import GATEWAY_TIMEOUT_MS

SANDBOXES = 4
REQUESTS = 100_000
KINDS = 300
# How many times as many clients as sandboxes, and the pause between two faults, in seconds.
LOADS = {1: (2.0, 5.0), 2: (0.2, 1.2), 5: (0.2, 1.2)}
PROMISES = ("wrong", "malformed", "late", "lost", "unexplained")
# The gateway's last word, and a second for its way.
LATEST_S = GATEWAY_TIMEOUT_MS / 1000 + 1
# Within capacity a fault may be why a request failed that long after it.
AFTERMATH_S = 1.0
RECOVERY_S = 10.0


@dataclass(frozen=True)
class Asked:
    """One request, and the answer that it has alone."""

    path: str
    body: bytes
    answer: bytes


@dataclass
class Found:
    """Counts what a run finds: `wrong` answers have other bytes, `malformed` errors are not documented.

    `failed` has the beginning and the end of each request that got an error, by the monotonic clock.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    malformed: int = 0
    late: int = 0
    lost: int = 0
    unexplained: int = 0
    slowest_s: float = 0.0
    failed: list[tuple[float, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, asked: Asked, status: int, answer: bytes, began_s: float, ended_s: float) -> None:
        """Count one answer; status 0 is a lost connection."""
        with self.lock:
            self.statuses[status] += 1
            self.wrong += status == 200 and answer != asked.answer
            self.malformed += status not in (0, 200) and not is_documented(status, answer)
            self.late += ended_s - began_s > LATEST_S
            self.lost += status == 0
            self.slowest_s = max(self.slowest_s, ended_s - began_s)
            if status != 200:
                self.failed.append((began_s, ended_s))

    def explain(self, faults: Sequence[Fault]) -> None:
        """Count the requests that failed and that no fault hit."""
        for began_s, ended_s in self.failed:
            hit = (fault.began_s <= ended_s and began_s <= fault.ended_s + AFTERMATH_S for fault in faults)
            self.unexplained += not any(hit)

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        return [f"{getattr(self, name)} {name}" for name in PROMISES if getattr(self, name)]


@dataclass
class Report:
    """What a run found: by load, the faults made, the speed after all faults beside that before, and memory."""

    loads: dict[str, Found] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    recovered: float = 0.0
    memory: str = ""

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept, and under which load."""
        return [f"{promise} ({load})" for load, found in self.loads.items() for promise in found.broken]

    def lines(self) -> list[str]:
        """Return what people read of it."""
        found = [
            f"{load}: answers by status {dict(sorted(one.statuses.items()))}; "
            f"{', '.join(f'{name} {getattr(one, name)}' for name in PROMISES)}; slowest {one.slowest_s:.1f} s"
            for load, one in self.loads.items()
        ]
        return [
            *found,
            f"faults: {self.faults.total()}, {dict(self.faults)}",
            f"speed {RECOVERY_S:.0f} s after the last fault: {self.recovered:.2f} of that before the first one",
            f"memory of the processes: {self.memory}",
        ]


def run(requests: int, catalog: Path = EMBEDDED) -> Report:
    """Send so many requests in three loads, each kind of fault at least once, and return what was found."""
    report, draw = Report(), Draw()
    with started(SANDBOXES, catalog, "benchmarks.faulty_stack") as (port, child):
        drawn = [draw.request(Catalog.read(catalog)) for _ in range(KINDS)]
        with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
            asked = [Asked(*one, post_alone(connection, *one)) for one in bar(drawn, "each request alone")]
        with MemoryWatch(child.pid) as memory:
            before = ask(port, report, asked, 1, "before the first fault")
            with Attacker(port, child) as attacker:
                for times, pause_s in LOADS.items():
                    attacker.pause_s = pause_s
                    ask(port, report, many(asked, requests // len(LOADS)), times, f"{times} times the capacity")
                while attacker.missing:
                    ask(port, report, asked, max(LOADS), "until each fault was made")
            time.sleep(RECOVERY_S)
            after = ask(port, report, asked, 1, "after the last fault")
    report.faults.update(fault.kind for fault in attacker.made)
    for load in ("before the first fault", "1 times the capacity", "after the last fault"):
        report.loads[load].explain(attacker.made)
    report.recovered, report.memory = after / before, str(memory)
    return report


def many(asked: Sequence[Asked], count: int) -> list[Asked]:
    """Return so many requests: each of them in turn."""
    return [asked[number % len(asked)] for number in range(count)]


def ask(port: int, report: Report, asked: Sequence[Asked], times: int, load: str) -> float:
    """Have `times` clients for each sandbox send the requests, each one after the other; return requests a second."""
    found = report.loads.setdefault(load, Found())

    def send(one: Asked) -> None:
        began_s = time.monotonic()
        with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
            status, answer = post(connection, one.path, one.body)
        found.add(one, status, answer, began_s, time.monotonic())

    began_s = time.monotonic()
    with ThreadPoolExecutor(times * SANDBOXES) as pool:
        for _ in bar(pool.map(send, asked), load, total=len(asked)):
            pass
    return len(asked) / (time.monotonic() - began_s)


def main(arguments: Sequence[str]) -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="default: %(default)s")
    parser.add_argument("--catalog", type=Path, default=EMBEDDED, help="whose artifacts are built (%(default)s)")
    options = parser.parse_args(arguments)
    report = run(options.requests, options.catalog)
    for line in report.lines():
        say(line)
    print(f"broken: {', '.join(report.broken)}" if report.broken else "every promise was kept")
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
