"""Asks a local stack over HTTP, and says which of its errors are documented."""

import http.client
import json

from local.http_response import INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
from shared.errors import FailedTwice, ModelError, ModelLoading, ModelUnavailable, Throttled, Timeout, TooLarge

# What a request that is right may be answered where a model is busy, lost or late; and the gateway's own answers, where
# the router was. A model that was stopped in its first run takes itself for too slow: what it refuses is TooLarge.
FAULTS = (Throttled, ModelError, FailedTwice, ModelLoading, ModelUnavailable, Timeout, TooLarge)
DOCUMENTED = {(kind.status, kind.code) for kind in FAULTS}
OF_THE_GATEWAY = {(one.status, one.body) for one in (INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE)}


def post(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, bytes]:
    """Return the status and the body of an answer; status 0 where the connection was lost."""
    try:
        connection.request("POST", path, body, {"content-type": "application/json"})
        with connection.getresponse() as response:
            return response.status, response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0, b""


def post_alone(connection: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
    """Return the answer to a request that has the stack for itself. Raises RuntimeError where there is none."""
    status, answer = post(connection, path, body)
    if status != 200:
        raise RuntimeError(f"a request alone was answered {status}: {answer[:200]!r}")
    return answer


def is_documented(status: int, answer: bytes) -> bool:
    """Say whether an error is one that the documentation lists, in its form."""
    if (status, answer) in OF_THE_GATEWAY:
        return True
    try:
        return (status, json.loads(answer)["error"]["code"]) in DOCUMENTED
    except (ValueError, KeyError, TypeError):
        return False
