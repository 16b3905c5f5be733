"""More and more load, to five times what the stack can do: what is answered, what is refused, and how long it takes.

In closed loop so many clients ask one request after the other; in open loop requests arrive at random moments, whether
others were answered or not, as those of many independent users do. All ask the embedded reader a question about a text
of its usual length, over `SANDBOXES` sandboxes.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.calls import is_documented
from benchmarks.command import Run, main
from benchmarks.inputs import requests
from benchmarks.machine import describe
from benchmarks.results import ROOT
from benchmarks.spread import Spread, significant
from benchmarks.stack import HOST, ROUTES, serving
from benchmarks.subjects import EMBEDDED
from models.progress import say
from shared.catalog import Catalog

MODEL, SERVICE, TOKENS = "qa", "question_answering", 384
TIMES = (1, 2, 3, 5)
OPEN_TIMES = (0.5, 0.8, 1, 2, 3, 5)
# What is asked while a level begins is not counted.
SETTLE_SHARE = 0.25
HEAD = (
    "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close\r\n"
    "content-length: {length}\r\n\r\n"
)


@dataclass(frozen=True)
class Got:
    """One request's outcome: when it was sent, in seconds from its level's beginning, and how long it took.

    `status` is 0 where the connection was lost.
    """

    sent_s: float
    took_s: float
    status: int
    is_documented: bool


class Level:
    """The requests of one load, which ends after so many seconds; `got` has those that were answered."""

    def __init__(self, port: int, seconds: float) -> None:
        texts = requests(SERVICE, Catalog.read(EMBEDDED).artifact(MODEL, ROOT), TOKENS, 8)
        bodies = [json.dumps(ROUTES[SERVICE](text)).encode() for text in texts]
        self._requests = itertools.cycle([_bytes(f"/v1/{MODEL}", body) for body in bodies])
        self._port, self.seconds = port, seconds
        self._began_s = time.monotonic()
        self.got: list[Got] = []

    @property
    def at_s(self) -> float:
        """The seconds since the level began."""
        return time.monotonic() - self._began_s

    async def ask(self) -> None:
        """Send one request and keep what came of it."""
        sent_s = self.at_s
        answer = await _exchange(self._port, next(self._requests))
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(None, 2)[1]) if body else 0
        documented = status == 200 or is_documented(status, body)
        self.got.append(Got(sent_s, self.at_s - sent_s, status, documented))


async def closed(level: Level, clients: int) -> None:
    """Have so many clients ask, each one request after the other."""

    async def client() -> None:
        while level.at_s < level.seconds:
            await level.ask()

    await asyncio.gather(*(client() for _ in range(clients)))


async def opened(level: Level, per_second: float) -> None:
    """Have so many requests a second arrive, as a Poisson process."""
    chosen = random.Random(0)
    async with asyncio.TaskGroup() as group:
        next_s = 0.0
        while (next_s := next_s + chosen.expovariate(per_second)) < level.seconds:
            await asyncio.sleep(max(0.0, next_s - level.at_s))
            group.create_task(level.ask())


def measure(run: Run) -> None:
    """Measure every level, and keep the rows."""
    sandboxes, seconds = describe()["cores"], run.choose(20.0, 2.0, 20.0)
    with serving(sandboxes) as port:
        asyncio.run(closed(Level(port, seconds), sandboxes))  # fills caches and starts sandboxes
        rows = []
        for clients in TIMES:
            level = Level(port, seconds)
            asyncio.run(closed(level, clients * sandboxes))
            rows.append(row_of("closed", clients, level))
        plateau = rows[0]["answered_per_s"]
        for times in OPEN_TIMES:
            level = Level(port, seconds)
            asyncio.run(opened(level, times * plateau))
            rows.append(row_of("open", times, level))
    run.results.write("overload", rows, unit="requests/s", sandboxes=sandboxes, seconds=seconds)


def row_of(loop: str, times: float, level: Level) -> dict[str, Any]:
    """Return one level's row, and say it."""
    row = {"loop": loop, "times": times, **summary(level.got, level.seconds)}
    say(f"{loop} loop, {times:g} times the capacity: {row['answered_per_s']:g} a second, {row['refused']} refused")
    return row


def summary(got: Sequence[Got], seconds: float) -> dict[str, Any]:
    """Return what one level gave: requests a second offered and answered, seconds of the answered, and the rest."""
    began_s = SETTLE_SHARE * seconds
    counted = [one for one in got if began_s <= one.sent_s + one.took_s < seconds]
    answered = [one for one in got if one.sent_s >= began_s and one.status == 200]
    return {
        "offered_per_s": significant(len(got) / seconds, 3),
        "answered_per_s": significant(sum(one.status == 200 for one in counted) / (seconds - began_s), 3),
        "latency_s": Spread.of([one.took_s for one in answered]).to_json() if answered else None,
        "refused": sum(one.status not in (0, 200) for one in got),
        "lost": sum(one.status == 0 for one in got),
        "malformed": sum(one.status != 0 and not one.is_documented for one in got),
        "slowest_s": significant(max(one.took_s for one in got), 3),
    }


def _bytes(path: str, body: bytes) -> bytes:
    return HEAD.format(path=path, host=HOST, length=len(body)).encode() + body


async def _exchange(port: int, request: bytes) -> bytes:
    """Return the bytes that a request is answered; none where the connection is lost."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(request)
            return await reader.read(-1)
        finally:
            writer.close()
    except OSError:
        return b""


if __name__ == "__main__":
    main(measure, __doc__)
