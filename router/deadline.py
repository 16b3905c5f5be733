"""Knows until when a request has to be answered."""

import time
from dataclasses import dataclass

# The gateway gives up 30 s after it took a request; the last second is for the answer's way back.
GATEWAY_S = 29.0
# What the router needs of its own remaining time to render an answer.
MARGIN_S = 0.5


@dataclass(frozen=True)
class Deadline:
    """A moment, in milliseconds since 1970: the gateway, the router and the model share no other clock."""

    at_ms: float

    @classmethod
    def of(cls, taken_ms: float | None, remaining_ms: float) -> "Deadline":
        """Return the earlier of 29 s after the gateway took the request and the end of this invocation.

        `taken_ms` is the gateway's own time stamp, which counts the router's cold start too; None without a gateway.
        """
        own = time.time() * 1000 + remaining_ms - MARGIN_S * 1000
        return cls(own if taken_ms is None else min(own, taken_ms + GATEWAY_S * 1000))

    def remaining_s(self) -> float:
        """Return the seconds left, 0 when it has passed."""
        return max(0.0, self.at_ms / 1000 - time.time())
