"""Turns texts into vectors over parallel requests, in the texts' order. Knows no file."""

import base64
import queue
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from model_router.client import Client, Refused
from model_router.embedding.formats import Vectors
from model_router.embedding.rows import Row
from model_router.problem import Problem

# A request's body may have 4 MiB; no character has more than four bytes.
CHARACTERS_OF_A_REQUEST = 250_000
ITEM = re.compile(r"\w+\[(\d+)\]")
TOO_MUCH = (413, 504)
Sent = TypeVar("Sent")
Got = TypeVar("Got")


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """The rows of one request. `position` is how far the input had been read after them."""

    rows: Sequence[Row]
    position: int


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A vector for each row of a chunk, and what the model said of them."""

    vectors: Vectors
    tokens: int
    truncated: int


def chunks(rows: Iterable[Row], items: int, position: Callable[[], int]) -> Iterator[Chunk]:
    """Group rows into requests of at most `items` texts, and of a body that is well below its limit."""
    waiting: list[Row] = []
    characters = 0
    for row in rows:
        if waiting and (len(waiting) == items or characters + len(row.text) > CHARACTERS_OF_A_REQUEST):
            yield Chunk(rows=waiting, position=position())
            waiting, characters = [], 0
        waiting.append(row)
        characters += len(row.text)
    if waiting:
        yield Chunk(rows=waiting, position=position())


class Embedder:
    """Asks one model for the vectors of chunks. Called from several threads."""

    def __init__(self, client: Client, model: str, task: str, dimensions: int, where: Callable[[int], str]) -> None:
        """`dimensions` is the length of each vector; `where` tells people which row a number means."""
        self._client = client
        self._path = f"/v1/{task}"
        self._options = {"model": model, "encoding_format": "base64", "dimensions": dimensions}
        self._bytes = dimensions * 4
        self._where = where
        # Fewer where more took too long. Threads may see an older value, and then find out themselves.
        self._most = sys.maxsize

    def __call__(self, chunk: Chunk) -> Embedded:
        """Return the vectors of a chunk; None for an empty text. Raises Problem."""
        full = [row for row in chunk.rows if row.text.strip()]
        got = self._ask(full) if full else Embedded(vectors=[], tokens=0, truncated=0)
        vectors = iter(got.vectors)
        placed = [next(vectors) if row.text.strip() else None for row in chunk.rows]
        return Embedded(vectors=placed, tokens=got.tokens, truncated=got.truncated)

    def _ask(self, rows: Sequence[Row]) -> Embedded:
        half = len(rows) // 2
        if len(rows) > self._most:
            return _joined(self._ask(rows[:half]), self._ask(rows[half:]))
        body = {"input": [row.text for row in rows], **self._options}
        try:
            answer, headers = self._client.post(self._path, body, once=TOO_MUCH if half else ())
        except Refused as refused:
            if refused.status in TOO_MUCH and half:
                self._most = min(self._most, len(rows) - half)
                return _joined(self._ask(rows[:half]), self._ask(rows[half:]))
            raise self._placed(refused, rows) from None
        try:
            vectors = [base64.b64decode(one["embedding"]) for one in answer["data"]]
            tokens, truncated = int(answer["usage"]["total_tokens"]), int(headers.get("x-truncated", 0))
        except (KeyError, TypeError, ValueError):
            raise Problem(f"{self._client.url} answers something else than vectors: check --url and --model.") from None
        if len(vectors) != len(rows) or any(len(vector) != self._bytes for vector in vectors):
            raise Problem(f"{self._client.url} answered vectors of another number or length: was it deployed anew?")
        return Embedded(vectors=vectors, tokens=tokens, truncated=truncated)

    def _placed(self, refused: Refused, rows: Sequence[Row]) -> Problem:
        """Return the error with the row that it is about, if it is about one."""
        item = ITEM.fullmatch(refused.param or "") or ITEM.search(str(refused))
        row = rows[int(item[1])] if item and int(item[1]) < len(rows) else rows[0] if len(rows) == 1 else None
        return Problem(f"{self._where(row.number)}: {refused}") if row else refused


def _joined(one: Embedded, other: Embedded) -> Embedded:
    return Embedded(
        vectors=[*one.vectors, *other.vectors],
        tokens=one.tokens + other.tokens,
        truncated=one.truncated + other.truncated,
    )


def _until_problem(items: Iterable[Sent], problems: list[Problem]) -> Iterator[Sent]:
    """Yield items until there is a Problem, which is kept: what came before it is not lost."""
    try:
        yield from items
    except Problem as problem:
        problems.append(problem)


class Workers(Generic[Sent, Got]):
    """Threads that each do one thing after the other. They are daemons: Ctrl-C does not wait for their requests."""

    def __init__(self, work: Callable[[Sent], Got], threads: int) -> None:
        self._work = work
        self._threads = threads
        self._queue: queue.SimpleQueue[tuple[Sent, Future[Got]]] = queue.SimpleQueue()
        for _ in range(threads):
            threading.Thread(target=self._run, daemon=True).start()

    def in_order(self, items: Iterable[Sent]) -> Iterator[tuple[Sent, Got]]:
        """Yield each item with its result, in the items' order. At most two items for each thread are under way."""
        under_way: deque[tuple[Sent, Future[Got]]] = deque()
        problems: list[Problem] = []
        for item in _until_problem(items, problems):
            future: Future[Got] = Future()
            self._queue.put((item, future))
            under_way.append((item, future))
            while under_way and (len(under_way) >= 2 * self._threads or under_way[0][1].done()):
                first, result = under_way.popleft()
                yield first, result.result()
        for first, result in under_way:
            yield first, result.result()
        for problem in problems:
            raise problem

    def _run(self) -> None:
        while True:
            item, future = self._queue.get()
            try:
                future.set_result(self._work(item))
            except BaseException as error:
                future.set_exception(error)
