"""Keeps models warm: pings as many sandboxes of each model as the schedule asks for, all at once."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router import envelope
from router.deadline import Deadline
from router.invoker import Invoker
from router.models import Models
from shared import metrics
from shared.entrypoint import Context
from shared.errors import Error

# Longer than it takes to send all pings, so that each finds the sandboxes of the others busy.
HOLD_MS = 100


@dataclass
class Pinged:
    """What the pings of one model found."""

    sandboxes: set[str] = field(default_factory=set)
    cold: int = 0
    answered: int = 0
    sent: int = 0

    def summary(self) -> dict[str, int]:
        return {"sandboxes": len(self.sandboxes), "cold": self.cold, "failed": self.sent - self.answered}


def warm(models: Models, invoker: Invoker, wish: Any, context: Context) -> dict[str, Any]:
    """Ping the models; `wish` is `{"concurrency": {id: sandboxes}}`, or `{}` for what the catalog says.

    A ping that is not answered before the deadline counts as failed, although its model goes on loading.
    """
    deadline = Deadline.of(None, context.get_remaining_time_in_millis())
    pinged = {model_id: Pinged(sent=count) for model_id, count in _wanted(models, wish).items()}
    lock = threading.Lock()
    threads = [
        threading.Thread(target=_ping, args=(invoker, model_id, found, lock), daemon=True)
        for model_id, found in pinged.items()
        for _ in range(found.sent)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline.remaining_s())
    with lock:
        summaries = {model_id: found.summary() for model_id, found in pinged.items()}
    for model_id, summary in summaries.items():
        metrics.emit({"model": model_id}, {f"warm_{name}": count for name, count in summary.items()}, {})
    return {"warm": summaries}


def _wanted(models: Models, wish: Any) -> Mapping[str, int]:
    concurrency = wish.get("concurrency") if isinstance(wish, dict) else None
    if not isinstance(concurrency, dict):
        return {model.id: model.warm for model in models}
    known = {model.id for model in models}
    return {i: n for i, n in concurrency.items() if i in known and type(n) is int and 0 <= n <= 50}


def _ping(invoker: Invoker, model_id: str, found: Pinged, lock: threading.Lock) -> None:
    try:
        answer = envelope.opened(invoker.invoke(model_id, envelope.seal_ping(HOLD_MS)))
    except Error:
        return
    if answer.error is not None:
        return
    with lock:
        found.answered += 1
        found.cold += answer.meta.cold
        found.sandboxes.add(answer.meta.sandbox)
