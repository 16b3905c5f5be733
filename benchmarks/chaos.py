"""Mixed traffic while processes are killed and stopped and clients hang up: `--requests` in all.

A third of the requests is sent by as many clients as a model has sandboxes, a third by twice as many, a third by five
times as many. Meanwhile models and routers are killed, models are stopped for three seconds or for good, and clients
leave in the middle of a body or before the answer. Every answer is compared with the one that the same request has
alone. Prints what was found, and ends with status 1 where a promise was broken.
"""

import argparse
import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.attacker import Attacker
from benchmarks.stack import HOST, started
from models.progress import bar, say
from models.texts import Paragraph, pairs

SANDBOXES = 4
REQUESTS = 100_000
KINDS = 60
LOADS = (1, 2, 5)
PROMISES = ("wrong", "malformed", "late", "lost")
# The router answers within 29 s, the gateway gives up after 30.
LATEST_S = 31.0
# Of the table of errors; 500 and its form are the gateway's own, where the router was killed.
DOCUMENTED = {429: "throttled", 502: "model_error", 503: "model_loading model_unavailable", 504: "timeout"}


@dataclass(frozen=True)
class Asked:
    """One request, and the answer that it has alone."""

    path: str
    body: bytes
    answer: bytes


@dataclass
class Found:
    """What a run found. `wrong` are answers of other bytes, `malformed` errors that are not documented."""

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


def is_documented(status: int, answer: bytes) -> bool:
    """Say whether an error is one that the documentation lists, in its form."""
    try:
        found = json.loads(answer)
        if status in (500, 503) and found == {
            "message": {500: "Internal Server Error", 503: "Service Unavailable"}[status]
        }:
            return True
        return found["error"]["code"] in DOCUMENTED.get(status, "").split()
    except (ValueError, KeyError, TypeError):
        return False


def draw(chosen: random.Random, texts: Sequence[Paragraph]) -> tuple[str, bytes]:
    """Draw a request to one of the models: one text or several, from a few words to some thousands."""
    one = chosen.choice(texts)
    if chosen.random() < 0.5:
        context = " ".join(text.paragraph for text in chosen.sample(texts, chosen.choice((1, 1, 1, 2, 20))))
        body = {"question": one.questions[0], "context": context[: chosen.choice((200, 2_000, 20_000))]}
        return f"/v1/{chosen.choice(('qa', 'multilingual-qa'))}", json.dumps(body).encode()
    inputs = [text.paragraph for text in chosen.sample(texts, chosen.choice((1, 1, 2, 8, 64)))]
    return "/v1/embeddings", json.dumps({"input": inputs, "encoding_format": "base64"}).encode()


def post(port: int, path: str, body: bytes) -> tuple[int, bytes]:
    """Return the status and the body of an answer; status 0 where the connection was lost."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("POST", path, body, {"content-type": "application/json"})
        with connection.getresponse() as response:
            return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def memory_mb(parent: int) -> float:
    """Return what the stack's processes hold in memory together."""
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listing.stdout.splitlines()]
    return sum(int(rss) for pid, ppid, rss in rows if parent in (int(pid), int(ppid))) / 1024


def run(requests: int, seed: int = 0) -> Found:
    """Send so many requests in three loads, and return what was found."""
    found, chosen = Found(), random.Random(seed)
    with started(SANDBOXES) as (port, child):
        drawn = [draw(chosen, pairs()) for _ in range(KINDS)]
        asked = []
        for path, body in bar(drawn, "each request alone"):
            status, answer = post(port, path, body)
            if status != 200:
                raise RuntimeError(f"a request alone was answered {status}: {answer[:200]!r}")
            asked.append(Asked(path, body, answer))
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
        status, answer = post(port, one.path, one.body)
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
