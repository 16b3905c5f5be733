"""Keeps what becomes known of one request on its way: for its headers, its log line and the form of its errors."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from router.payload import Meta
from shared import metrics
from shared.error_forms import ErrorForm, NestedError

NO_TOKEN = re.compile(r"[^A-Za-z0-9_-]")


@dataclass
class Trace:
    """The facts of one request, filled in as they become known. None of them is the caller's text."""

    request_id: str
    route: str = "unknown"
    caller: str | None = None
    model: str | None = None
    meta: Meta | None = None
    parts: int = 0
    cut: int = 0
    ignored: Sequence[str] = ()
    characters: int | None = None
    model_ms: float = 0.0
    error_form: type[ErrorForm] = NestedError
    began: float = field(default_factory=time.perf_counter)

    def headers(self) -> dict[str, str]:
        """Return the headers of every response; one that a model answered, with a result or an error, has more."""
        headers = {"x-request-id": self.request_id}
        if self.model is not None:
            headers["x-model"] = self.model
        if self.ignored:
            headers["x-ignored"] = ", ".join(self.ignored)
        if self.meta is not None:
            headers["x-cold-start"] = str(self.meta.cold).lower()
            if self.meta.tokens:
                headers["x-tokens"] = str(self.meta.tokens)
            headers["server-timing"] = self._server_timing(self.meta)
            if self.characters is not None:
                headers |= self._as_tei(self.meta, self.characters)
            # A text that the router cut is longer than the model reads, too.
            if truncated := max(self.meta.truncated, self.cut):
                headers["x-truncated"] = str(truncated)
        return headers

    def _as_tei(self, meta: Meta, characters: int) -> dict[str, str]:
        """Return TEI's headers of an inference; its times are whole milliseconds."""
        total_ms, tokenize_ms, model_ms = (meta.ms.get(phase, 0.0) for phase in ("total", "tokenize", "model"))
        times = {
            "x-compute-time": total_ms,
            "x-total-time": self.model_ms,
            "x-tokenization-time": tokenize_ms,
            "x-queue-time": self.model_ms - total_ms,
            "x-inference-time": model_ms,
        }
        counts = {"x-compute-characters": str(characters), "x-compute-tokens": str(meta.tokens)}
        return {"x-compute-type": "cpu", **counts, **{name: str(max(0, int(ms))) for name, ms in times.items()}}

    def _server_timing(self, meta: Meta) -> str:
        phases = {NO_TOKEN.sub("_", name): ms for name, ms in meta.ms.items() if name != "total"}
        phases = {**phases, "invoke": self.model_ms, "router": self._own_ms()}
        return ", ".join(f"{name};dur={ms:.1f}" for name, ms in phases.items())

    def _own_ms(self) -> float:
        return (time.perf_counter() - self.began) * 1000 - self.model_ms

    def log(self, status: int, code: str, **more: str) -> None:
        """Write the request's one line."""
        own_ms = self._own_ms()
        meta = self.meta or Meta()
        times = {"router_ms": own_ms, "model_ms": self.model_ms, "total_ms": own_ms + self.model_ms}
        counts = {"requests": 1, "errors": int(status >= 500), "cold": int(meta.cold)}
        facts: dict[str, str | int | None] = {
            "request_id": self.request_id,
            "status": status,
            "outcome": code,
            "caller": self.caller,
            "model": self.model,
            "parts": self.parts,
            "sandbox": meta.sandbox,
            "tokens": meta.tokens,
            "truncated": meta.truncated,
            **more,
        }
        rounded = {name: round(ms, 3) for name, ms in times.items()}
        metrics.emit({"route": self.route}, {**rounded, **counts}, facts)
