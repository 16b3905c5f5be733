"""Callers who never pause while a deployment changes."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.rehearsal.checkout import QUESTION
from tests.rehearsal.stack import Stack, post

PAUSE_S = 0.02
# Before and after the change, so that some requests meet what was and some what is.
AROUND = 3


@dataclass
class Answers:
    """What callers of one model were answered, in order: the status, and the code of an error."""

    seen: list[str] = field(default_factory=list)

    def wait_for_more(self, count: int = AROUND) -> None:
        wanted = len(self.seen) + count
        while len(self.seen) < wanted:
            threading.Event().wait(PAUSE_S)

    @property
    def kinds(self) -> list[str]:
        """The answers, repetitions left out: `["200", "404 not_found"]` means that all was well until it was gone."""
        return [one for i, one in enumerate(self.seen) if i == 0 or self.seen[i - 1] != one]


@contextlib.contextmanager
def asking(stack: Stack, model: str, key: str | None = None) -> Iterator[Answers]:
    """Ask a model without a pause, with one key for all the time."""
    answers = Answers()
    url, key = f"{stack.url}/v1/{model}", key or next(iter(stack.keys.values()))
    stop = threading.Event()

    def ask() -> None:
        while not stop.wait(PAUSE_S):
            answers.seen.append(_said(url, key))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        answers.wait_for_more()
        yield answers
        answers.wait_for_more()
    finally:
        stop.set()
        thread.join()


def _said(url: str, key: str) -> str:
    response = post(url, QUESTION, key)
    if response.status_code == 200:
        return "200"
    try:
        return f"{response.status_code} {response.json()['error']['code']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.text[:200]}"
