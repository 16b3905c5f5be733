"""A side without a model: it answers with the request's text in capitals, or dies of it."""

import sys
from typing import Any

from benchmarks.side import Answer, Clock


def load(options: dict[str, Any], clock: Clock) -> Answer:
    clock.lap("imports")

    def answer(request: dict[str, Any]) -> str:
        if request["text"] == "die":
            sys.exit("the toy is dead")
        print("what a side prints does not mix with what it reports")
        return str(request["text"]).upper()

    return answer
