"""Keeps models warm: pings as many sandboxes of each model as the schedule asks for, all at once.

Lambda chooses the sandbox: a ping that comes after another has been answered lands on the same one. A model whose pings
met fewer sandboxes than asked for is pinged again, and each ping keeps its sandbox busy for longer.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from router import fanout, payload
from router.deadline import Deadline
from router.invoker import Invoker
from router.models import Models
from router.payload import Meta
from shared import metrics
from shared.entrypoint import Context
from shared.errors import Error, Timeout
from shared.spec import MAX_WARM

# How long the pings of each round keep their sandboxes busy: as a rule longer than it takes to send all of them.
HOLDS_MS = (100, 300, 1000)


@dataclass
class Pinged:
    """Collects what the pings of one model found, of which `wanted` are sent at a time."""

    wanted: int
    sent: int = 0
    answers: list[Meta] = field(default_factory=list)

    @property
    def is_short(self) -> bool:
        """Say whether all pings were answered, by fewer sandboxes than wanted."""
        found = self.summary()
        return not found["failed"] and found["sandboxes"] < self.wanted

    def summary(self) -> dict[str, int]:
        """Count what was found; a ping that was not answered has failed."""
        # A ping that is still on its way may be answered meanwhile.
        answers = list(self.answers)
        sandboxes = {answer.sandbox for answer in answers}
        cold = sum(answer.cold for answer in answers)
        return {"sandboxes": len(sandboxes), "cold": cold, "failed": self.sent - len(answers)}


def warm_up(models: Models, invoker: Invoker, event: Any, context: Context) -> dict[str, Any]:
    """Ping the models; `event` is `{"concurrency": {id: sandboxes}}`, or `{}` for what the catalog says.

    A ping that is not answered before the deadline counts as failed, although its model goes on loading.
    """
    deadline = Deadline.of(None, context.get_remaining_time_in_millis())
    pinged = {model_id: Pinged(wanted=count) for model_id, count in _wanted(models, event).items()}
    with suppress(Timeout):
        for hold_ms in HOLDS_MS:
            _ping({model_id: found for model_id, found in pinged.items() if found.is_short}, invoker, hold_ms, deadline)
    summaries = {model_id: found.summary() for model_id, found in pinged.items()}
    for model_id, summary in summaries.items():
        metrics.emit({"model": model_id}, {f"warm_{name}": count for name, count in summary.items()}, {})
    return {"warm": summaries}


def _ping(pinged: Mapping[str, Pinged], invoker: Invoker, hold_ms: int, deadline: Deadline) -> None:
    """Send each model as many pings as it is to have sandboxes, all of them at once. Raises Timeout."""

    def ping(model_id: str) -> None:
        with suppress(Error):
            answer = payload.read_envelope(invoker.invoke(model_id, payload.encode_ping(hold_ms)))
            if answer.error is None:
                pinged[model_id].answers.append(answer.meta)

    pings = [model_id for model_id, found in pinged.items() for _ in range(found.wanted)]
    for found in pinged.values():
        found.sent += found.wanted
    fanout.gather(ping, pings, concurrency=len(pings), deadline=deadline)


def _wanted(models: Models, event: Any) -> Mapping[str, int]:
    concurrency = event.get("concurrency") if isinstance(event, dict) else None
    if not isinstance(concurrency, dict):
        return {model.id: model.warm for model in models}
    known = {model.id for model in models}
    return {i: n for i, n in concurrency.items() if i in known and type(n) is int and 0 <= n <= MAX_WARM}
