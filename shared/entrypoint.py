"""Makes a Lambda handler of a model: loads it while the container starts, then answers one payload at a time.

Standard library only, so that a container starts loading at once. Knows the payload's envelope (docs/api.md, "Invoking
one model alone"), not what is in a request.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from shared import metrics
from shared.contract import Deadline, Inference, Model, load
from shared.deployment import InitType
from shared.errors import Crash, Error, InvalidRequest, ModelLoading, Timeout
from shared.loading import Loader, LoadError, load_checked, ms_since
from shared.manifest import Manifest

MB_PER_VCPU = 1769
# Lambda ends an on-demand init after 10 s, image and interpreter included, and starts it again in the first invocation.
INIT_WAIT_S = 8.0
# Left for the reply to travel before the caller gives up.
REPLY_MARGIN_S = 0.5
REQUEST_ID_CHARACTERS = 128


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


Handler = Callable[[dict[str, Any], Context], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The container's environment, read once."""

    directory: Path
    threads: int
    init_type: str

    @property
    def on_demand(self) -> bool:
        """Whether a caller waits for the start, and Lambda for no longer than its limit."""
        return self.init_type == InitType.ON_DEMAND

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """MODEL_DIR (default: `model` in the task root), and what Lambda itself sets."""
        default = Path(environ.get("LAMBDA_TASK_ROOT", "."), "model")
        memory_mb = int(environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MB_PER_VCPU))
        return cls(
            directory=Path(environ.get("MODEL_DIR", default)),
            threads=max(1, round(memory_mb / MB_PER_VCPU)),
            init_type=environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", InitType.ON_DEMAND),
        )


def serve(
    environ: Mapping[str, str] = os.environ,
    init_wait_s: float = INIT_WAIT_S,
    load_model: Callable[[Path, int], Model] = load,
) -> Handler:
    """Return the Lambda handler of the artifact that the environment names.

    Call it while the handler's module is imported: it returns when the model is loaded, or, on-demand, when init has no
    time left.
    """
    settings = Settings.from_env(environ)
    manifest = Manifest.read(settings.directory)
    loader = Loader(partial(load_checked, manifest, settings.directory, settings.threads, load_model))
    loader.wait(init_wait_s if settings.on_demand else None)
    return Sandbox(manifest, loader, settings.init_type).handle


class Sandbox:
    """One execution environment: a model, and whether it has answered yet.

    A first answer is a cold one unless the sandbox stood ready. Its load is told where a caller waited for it: neither
    before a snapshot was taken nor ahead of all requests does one.
    """

    def __init__(self, manifest: Manifest, loader: Loader, init_type: str = InitType.ON_DEMAND) -> None:
        self._manifest = manifest
        self._loader = loader
        self._loads_for_caller = init_type == InitType.ON_DEMAND
        # Set at the first event, not at load: all that is restored from one snapshot would share it.
        self._id: str | None = None
        self._cold = init_type != InitType.PROVISIONED

    def handle(self, event: dict[str, Any], context: Context) -> dict[str, Any]:
        """Answer one payload. An expected failure is a reply; anything else propagates as a Lambda function error."""
        began = time.perf_counter()
        event = event if isinstance(event, dict) else {}
        self._id = self._id or os.urandom(6).hex()
        meta: dict[str, Any] = {"model": self._manifest.id, "cold": self._cold, "sandbox": self._id, "ms": {}}
        reply, outcome = {}, "crash"
        try:
            inference = self._answer(event, context)
            ms = inference.ms | ({"load": self._loader.ms} if self._cold and self._loads_for_caller else {})
            meta |= {"tokens": inference.tokens, "truncated": inference.truncated, "ms": ms}
            reply, outcome, self._cold = {"result": inference.result}, "ok", False
        except Error as error:
            reply, outcome = {"error": error.to_payload()}, error.code
        except Exception as failure:
            raise Crash(failure) from None
        finally:
            meta["ms"] = {k: round(v, 3) for k, v in (meta["ms"] | {"total": ms_since(began)}).items()}
            self._log(event, context, meta, outcome)
        return {**reply, "meta": meta}

    def _answer(self, event: dict[str, Any], context: Context) -> Inference:
        if "ping" in event:
            return self._ping(event["ping"], context)
        request, remaining_s = _opened(event, context)
        deadline = Deadline.after(remaining_s)
        if remaining_s <= 0:
            raise Timeout("The deadline had passed before the model could start. Send the request again.")
        return self._model(remaining_s).infer(request, deadline)

    def _ping(self, ping: Any, context: Context) -> Inference:
        """Be warm: a loaded model has run once. `hold_ms` keeps busy, so that pings sent together reach several."""
        hold_ms = ping.get("hold_ms", 0) if isinstance(ping, dict) else 0
        if not isinstance(hold_ms, int | float) or not 0 <= hold_ms <= 1000:
            raise InvalidRequest("'ping.hold_ms' must be a number from 0 to 1000.", param="ping.hold_ms")
        self._model(context.get_remaining_time_in_millis() / 1000 - REPLY_MARGIN_S)
        time.sleep(hold_ms / 1000)
        return Inference(result={}, tokens=0)

    def _model(self, remaining_s: float) -> Model:
        try:
            model = self._loader.wait(remaining_s)
        except LoadError as failure:
            # A sandbox without a model can never answer: ending the process makes Lambda start a fresh one.
            print(f"model failed to load: {failure}", file=sys.stderr, flush=True)
            raise SystemExit(1) from failure
        if model is None:
            raise ModelLoading
        return model

    def _log(self, event: dict[str, Any], context: Context, meta: dict[str, Any], outcome: str) -> None:
        numbers = {f"{phase}_ms": ms for phase, ms in meta["ms"].items()} | {"errors": int(outcome != "ok")}
        numbers |= {"tokens": meta.get("tokens", 0), "cold": int(meta["cold"])}
        own = event.get("request_id")
        request_id = own[:REQUEST_ID_CHARACTERS] if isinstance(own, str) else context.aws_request_id
        facts = {"outcome": outcome, "request_id": request_id, "truncated": meta.get("truncated", 0)}
        # A metric costs for every hour in which it is written, and a ping's time is no caller's.
        measured = {} if "ping" in event else numbers
        metrics.emit({"model": self._manifest.id}, measured, {**numbers, **facts, "sandbox": meta["sandbox"]})


def _opened(event: dict[str, Any], context: Context) -> tuple[dict[str, Any], float]:
    """The request of a payload, and the seconds left to answer it."""
    request, deadline_ms = event.get("request"), event.get("deadline_ms")
    if not isinstance(request, dict):
        raise InvalidRequest('The payload must be an object {"request": {...}}.', param="request")
    remaining_s = context.get_remaining_time_in_millis() / 1000
    if deadline_ms is not None:
        if isinstance(deadline_ms, bool) or not isinstance(deadline_ms, int | float) or not 0 <= deadline_ms <= 1e15:
            raise InvalidRequest("'deadline_ms' must be milliseconds since 1970.", param="deadline_ms")
        remaining_s = min(remaining_s, deadline_ms / 1000 - time.time())
    return request, remaining_s - REPLY_MARGIN_S
