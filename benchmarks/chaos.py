"""Mixed traffic while processes are killed and stopped and clients hang up: `--requests` in all.

A third of the requests is sent by as many clients as a model has sandboxes, a third by twice as many, a third by five
times as many. Meanwhile models and routers are killed, models are stopped for three seconds, and clients leave in
the middle of a body or before the answer. Every answer is compared with the one that the same request has
alone. Prints what was found, and ends with status 1 where a promise was broken.
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from benchmarks.attacker import Attacker
from benchmarks.calls import is_documented, post, post_alone
from benchmarks.children import memory_mb
from benchmarks.stack import HOST, started
from models.progress import bar, say
from models.texts import Paragraph, pairs
from shared.deployment import GATEWAY_TIMEOUT_MS

SANDBOXES = 4
REQUESTS = 100_000
KINDS = 60
LOADS = (1, 2, 5)
PROMISES = ("wrong", "malformed", "late", "lost")
# The gateway's last word, and a second for its way.
LATEST_S = GATEWAY_TIMEOUT_MS / 1000 + 1


@dataclass(frozen=True)
class Asked:
    """One request, and the answer that it has alone."""

    path: str
    body: bytes
    answer: bytes


@dataclass
class Found:
    """Counts what a run finds: `wrong` answers have other bytes, `malformed` errors are not documented."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    malformed: int = 0
    late: int = 0
    lost: int = 0
    slowest_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, asked: Asked, status: int, answer: bytes, seconds: float) -> None:
        """Count one answer; status 0 is a lost connection."""
        with self.lock:
            self.statuses[status] += 1
            self.wrong += status == 200 and answer != asked.answer
            self.malformed += status != 200 and status != 0 and not is_documented(status, answer)
            self.late += seconds > LATEST_S
            self.lost += status == 0
            self.slowest_s = max(self.slowest_s, seconds)

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        return [f"{getattr(self, name)} {name}" for name in PROMISES if getattr(self, name)]


def draw(chosen: random.Random, texts: Sequence[Paragraph]) -> tuple[str, bytes]:
    """Draw a request to one of the models: one text or several, from a few words to some thousands."""
    one = chosen.choice(texts)
    if chosen.random() < 0.5:
        context = " ".join(text.paragraph for text in chosen.sample(texts, chosen.choice((1, 1, 1, 2, 20))))
        body = {"question": one.questions[0], "context": context[: chosen.choice((200, 2_000, 20_000))]}
        return f"/v1/{chosen.choice(('qa', 'multilingual-qa'))}", json.dumps(body).encode()
    inputs = [text.paragraph for text in chosen.sample(texts, chosen.choice((1, 1, 2, 8, 64)))]
    return "/v1/embeddings", json.dumps({"input": inputs, "encoding_format": "base64"}).encode()


def run(requests: int, seed: int = 0) -> Found:
    """Send so many requests in three loads, and return what was found."""
    found, chosen = Found(), random.Random(seed)
    with started(SANDBOXES) as (port, child):
        drawn = [draw(chosen, pairs()) for _ in range(KINDS)]
        with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
            alone = bar(drawn, "each request alone")
            asked = [Asked(path, body, post_alone(connection, path, body)) for path, body in alone]
        memories = [memory_mb(child.pid)]
        with Attacker(port, child.pid, found.faults):
            for load in LOADS:
                ask(port, found, chosen.choices(asked, k=requests // len(LOADS)), load * SANDBOXES)
                memories.append(memory_mb(child.pid))
        began = time.monotonic()
        calm = Found()
        ask(port, calm, asked, SANDBOXES)
        recovered = (
            f"{len(asked)} requests after the last fault: {dict(calm.statuses)} in {time.monotonic() - began:.1f} s"
        )
        memories.append(memory_mb(child.pid))
    say(f"answers by status: {dict(sorted(found.statuses.items()))}; faults: {dict(found.faults)}")
    counts = ", ".join(f"{name} {getattr(found, name)}" for name in PROMISES)
    say(f"{counts}; slowest {found.slowest_s:.1f} s")
    say(f"memory of all processes, MB, at the start, after each load and at the end: {[round(mb) for mb in memories]}")
    say(recovered)
    found.wrong += calm.wrong
    found.malformed += calm.malformed
    return found


def ask(port: int, found: Found, asked: Sequence[Asked], clients: int) -> None:
    """Have so many clients send the requests, each one after the other."""

    def send(one: Asked) -> None:
        began = time.monotonic()
        with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
            status, answer = post(connection, one.path, one.body)
        found.add(one, status, answer, time.monotonic() - began)

    with ThreadPoolExecutor(clients) as pool:
        for _ in bar(pool.map(send, asked), f"{clients} clients", total=len(asked)):
            pass


def main(arguments: Sequence[str]) -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="default: %(default)s")
    broken = run(parser.parse_args(arguments).requests).broken
    print(f"broken: {', '.join(broken)}" if broken else "every promise was kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
