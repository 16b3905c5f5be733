"""Reads the logs of functions, of this machine's platform or of a deployment."""

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_router.problem import Problem

LOCAL_PREFIX = "model-router-local-"
PAUSE_S = 1.0


def of_this_machine(folder: Path, part: str, lines: int, follow: bool) -> Iterator[str]:
    """Yield the last lines of a function's log, and with `follow` those that come. Raises Problem."""
    path = folder / f"{LOCAL_PREFIX}{part}.log"
    if not path.is_file():
        known = sorted(one.stem.removeprefix(LOCAL_PREFIX) for one in folder.glob(f"{LOCAL_PREFIX}*.log"))
        has = (
            f"{folder} has logs of {', '.join(known)}"
            if known
            else f"{folder} has none; `model-router serve` writes them"
        )
        raise Problem(f"There is no log of {part!r}: {has}.")
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from (line.rstrip("\n") for line in deque(file, lines))
        while follow:
            line = file.readline()
            if line:
                yield line.rstrip("\n")
            else:
                time.sleep(PAUSE_S)


def of_deployment(stack: str, part: str, since_s: int, follow: bool) -> Iterator[str]:
    """Yield the log of a function of a stack, oldest first, and with `follow` what comes. Raises Problem."""
    from botocore.exceptions import BotoCoreError, ClientError

    group = f"/aws/lambda/{project()}-{stack}-{part}"
    try:
        yield from _events(_client(stack), group, int((time.time() - since_s) * 1000), follow)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            problem = f"There is no log group {group}: check the part and --stack; `model-router rollback` lists parts."
            raise Problem(problem) from None
        raise Problem(
            f"CloudWatch refused: {error}; `model-router doctor --stack {stack}` checks the account."
        ) from None
    except BotoCoreError as error:
        raise Problem(
            f"AWS cannot be asked: {error}; `model-router doctor --stack {stack}` checks the account."
        ) from None


def _client(stack: str) -> Any:
    """Return CloudWatch Logs in the stack's region and account."""
    import boto3

    from infra import stack_config

    settings = stack_config.read(stack)
    session: Any = boto3.Session(profile_name=settings.get("aws:profile"), region_name=settings.get("aws:region"))
    return session.client("logs")


def project() -> str:
    """Return the name with which all of a deployment's begin."""
    from infra import stack_config

    return stack_config.project()


def _events(client: Any, group: str, start_ms: int, follow: bool) -> Iterator[str]:
    """Yield the messages of a log group from a time on. Events of one millisecond may come in any order."""
    told: set[str] = set()
    while True:
        latest_ms, now = start_ms, set()
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start_ms):
            for event in page["events"]:
                if event["eventId"] not in told:
                    yield event["message"].rstrip("\n")
                latest_ms = max(latest_ms, event["timestamp"])
                now.add(event["eventId"])
        if not follow:
            return
        told, start_ms = told | now if latest_ms == start_ms else now, latest_ms
        time.sleep(PAUSE_S)
