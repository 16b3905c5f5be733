"""Many clients of mixed size over few sandboxes: what each gets, and what it costs the throughput.

`CLIENTS` clients ask for embeddings at once, each one request after the other, of one to 128 texts. Every answer is
compared with the one that the same request has alone. In turns with as many clients as there are sandboxes, whose
throughput is the stack's plateau.
"""

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from benchmarks.calls import is_documented, post, post_alone
from benchmarks.command import Run, main
from benchmarks.spread import Spread, significant
from benchmarks.stack import HOST, serving
from models.progress import bar, say
from models.texts import pairs
from shared.deployment import DEADLINE_MS
from shared.errors import Throttled

SANDBOXES = 4
CLIENTS = 64
# Texts in a request, and how many requests in a hundred have so many. Small ones are those of one text.
SIZES = {1: 70, 8: 20, 32: 8, 128: 2}
REQUESTS = 200
PATH = "/v1/embeddings"
# A second beside the router's own deadline is the way's.
LATEST_S = DEADLINE_MS / 1000 + 1


@dataclass(frozen=True)
class Asked:
    """One request: its body, how many texts it has, the answer that it has alone, and the tokens of it."""

    body: bytes
    texts: int
    answer: bytes
    tokens: int


@dataclass(frozen=True)
class Got:
    """One request's outcome, after so many seconds. `status` is 0 where the connection was lost."""

    asked: Asked
    status: int
    seconds: float
    is_right: bool


def measure(run: Run) -> None:
    """Measure both numbers of clients in turns, and keep the rows."""
    seconds, rounds = run.choose(30.0, 4.0, 30.0), run.choose(4, 1, 4)
    got: dict[int, list[Got]] = {SANDBOXES: [], CLIENTS: []}
    speeds: dict[int, list[float]] = {SANDBOXES: [], CLIENTS: []}
    with serving(SANDBOXES) as port:
        asked = prepare(port)
        for _ in bar(range(rounds), f"{CLIENTS} clients over {SANDBOXES} sandboxes"):
            for clients in got:
                found, took_s = ask_at_once(port, asked, clients, seconds)
                got[clients] += found
                speeds[clients].append(sum(one.asked.tokens for one in found if one.status == 200) / took_s)
    plateau = Spread.of(speeds[SANDBOXES]).median
    rows = [row_of(clients, got[clients], speeds[clients], plateau) for clients in got]
    for row in rows:
        say(
            f"{row['clients']} clients: {row['answered']} answered, {row['refused']} refused, {row['lost']} lost, "
            f"{row['wrong']} wrong, {row['late']} late; {row['of_plateau']:.0%} of the plateau"
        )
    run.results.write("patience", rows, unit="requests", sandboxes=SANDBOXES, seconds=seconds, sizes=SIZES)


def prepare(port: int) -> list[Asked]:
    """Return requests of every size, drawn with a fixed seed, each with the answer that it has alone."""
    chosen = random.Random(0)
    texts = [one.paragraph for one in pairs()]
    sizes = chosen.choices(list(SIZES), list(SIZES.values()), k=REQUESTS)
    asked = []
    with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
        for size in sizes:
            inputs = [chosen.choice(texts)[: chosen.choice((40, 200, 600))] for _ in range(size)]
            body = json.dumps({"input": inputs, "encoding_format": "base64"}).encode()
            answer = post_alone(connection, PATH, body)
            asked.append(Asked(body, size, answer, json.loads(answer)["usage"]["total_tokens"]))
    return asked


def ask_at_once(port: int, asked: Sequence[Asked], clients: int, seconds: float) -> tuple[list[Got], float]:
    """Have so many clients ask for so many seconds, in an order of their own; return what they got and the seconds."""
    started = threading.Barrier(clients + 1)
    end = [0.0]

    def client(number: int) -> list[Got]:
        chosen, found = random.Random(number), list[Got]()
        started.wait()
        with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
            while time.perf_counter() < end[0]:
                one = chosen.choice(asked)
                began = time.perf_counter()
                status, answer = post(connection, PATH, one.body)
                # A refusal is a throttle in its form: nothing here may fail in another way.
                is_refusal = status == Throttled.status and is_documented(status, answer)
                is_right = answer == one.answer if status == 200 else status == 0 or is_refusal
                found.append(Got(one, status, time.perf_counter() - began, is_right))
        return found

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(client, number) for number in range(clients)]
        began = time.perf_counter()
        end[0] = began + seconds
        started.wait()
        found = [one for each in running for one in each.result()]
    return found, time.perf_counter() - began


def row_of(clients: int, got: Sequence[Got], speeds: Sequence[float], plateau: float) -> dict[str, Any]:
    """Return what so many clients got: counts, tokens a second, and the seconds of small and large requests."""
    answered = [one for one in got if one.status == 200]
    small = [one.seconds for one in answered if one.asked.texts == 1]
    large = [one.seconds for one in answered if one.asked.texts == max(SIZES)]
    speed = Spread.of(speeds)
    return {
        "clients": clients,
        "answered": len(answered),
        "refused": sum(one.status == Throttled.status for one in got),
        "lost": sum(one.status == 0 for one in got),
        "other": sum(one.status not in (0, 200, Throttled.status) for one in got),
        "wrong": sum(not one.is_right for one in got),
        "late": sum(one.seconds > LATEST_S for one in got),
        "tokens_per_s": speed.to_json(),
        "of_plateau": significant(speed.median / plateau, 3),
        "small_s": Spread.of(small).to_json() if small else None,
        "large_s": Spread.of(large).to_json() if large else None,
    }


if __name__ == "__main__":
    main(measure, __doc__)
