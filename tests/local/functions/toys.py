"""Functions that do one thing each, for the tests of the local stack. Loaded by a runtime, not by the tests."""

import os
import sys
import time
from typing import Any

COUNT = 0


def echo(event: Any, context: Any) -> dict[str, Any]:
    global COUNT
    COUNT += 1
    custom = context.client_context.custom if context.client_context else None
    return {
        "event": event,
        "count": COUNT,
        "pid": os.getpid(),
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "custom": custom,
    }


def environment(event: Any, context: Any) -> dict[str, Any]:
    return {"environ": dict(os.environ), "cwd": os.getcwd(), "argv": sys.argv}


def sleep(event: dict[str, Any], context: Any) -> dict[str, Any]:
    time.sleep(event["seconds"])
    return {"pid": os.getpid()}


def fail(event: Any, context: Any) -> None:
    raise LookupError("nothing here")


def die(event: dict[str, Any], context: Any) -> None:
    os._exit(event["status"])


def kill(event: dict[str, Any], context: Any) -> None:
    os.kill(os.getpid(), event["signal"])


def leave(event: Any, context: Any) -> None:
    sys.exit(3)


def large(event: dict[str, Any], context: Any) -> Any:
    return "x" * event["size"]


def not_json(event: Any, context: Any) -> dict[str, float]:
    return {"value": float("nan")}


def unserialisable(event: Any, context: Any) -> Any:
    return {1, 2}


def verbatim(event: Any, context: Any) -> bytes:
    return '{"text": "Zoë 東京"}'.encode()


def speak(event: dict[str, Any], context: Any) -> None:
    print("to stdout: " + event["say"])
    print("to stderr: " + event["say"], file=sys.stderr)


def context_of(event: Any, context: Any) -> dict[str, Any]:
    return {
        "function_name": context.function_name,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "trace_id": os.environ.get("_X_AMZN_TRACE_ID"),
    }
