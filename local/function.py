"""What a function is, how it is named, and what goes into an invocation and comes out. Knows no process and no HTTP."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.launcher import Launcher

REGION = "us-east-1"
ACCOUNT = "123456789012"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
REQUEST_LIMIT = 6 * 1024 * 1024
RESPONSE_LIMIT = REQUEST_LIMIT + 100
ASYNC_REQUEST_LIMIT = 1024 * 1024
ENVIRONMENT_LIMIT = 4 * 1024

NAME = r"[A-Za-z0-9_-]{1,64}"
REFERENCE = re.compile(
    rf"^(?:(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?\d{{12}}:function:)?(?P<name>{NAME})(?::(?P<qualifier>\$LATEST|[\w-]+))?$"
)


def arn(name: str, qualifier: str | None = None) -> str:
    """The ARN of a function of this machine, qualified if a version or alias is given."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function, as Lambda's CreateFunction would have it, and how its sandboxes are started and scaled.

    `max_sandboxes` is its reserved concurrency; a sandbox idle for `idle_s` is reclaimed; `init_timeout_s` is Lambda's
    limit on an on-demand init. Each of `aliases` points to the one version. With `snap_start` a sandbox is restored
    from a snapshot; `provisioned` sandboxes stand ready. Raises ValueError for what Lambda refuses.
    """

    name: str
    handler: str
    launcher: "Launcher"
    memory_mb: int = 128
    timeout_s: float = 3
    environment: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ("live",)
    max_sandboxes: int = 10
    init_timeout_s: float = 10
    idle_s: float = 600
    snap_start: bool = False
    provisioned: int = 0

    def __post_init__(self) -> None:
        if self.snap_start and self.provisioned:
            raise ValueError(f"function {self.name}: it has snap_start and provisioned sandboxes; Lambda takes one.")
        if not 0 <= self.provisioned <= self.max_sandboxes:
            raise ValueError(f"function {self.name}: provisioned is {self.provisioned}; it has {self.max_sandboxes}.")
        if not re.fullmatch(NAME, self.name):
            raise ValueError(f"function name {self.name!r}: use 1 to 64 letters, digits, '-' or '_'.")
        if not 128 <= self.memory_mb <= 10240:
            raise ValueError(f"function {self.name}: memory_mb is {self.memory_mb}; Lambda takes 128 to 10240.")
        if not 0 < self.timeout_s <= 900:
            raise ValueError(f"function {self.name}: timeout_s is {self.timeout_s}; Lambda takes up to 900.")
        if self.max_sandboxes < 1:
            raise ValueError(f"function {self.name}: max_sandboxes is {self.max_sandboxes}; it needs at least 1.")
        size = sum(len(key.encode()) + len(value.encode()) for key, value in self.environment.items())
        if size > ENVIRONMENT_LIMIT:
            raise ValueError(
                f"function {self.name}: its environment has {size} bytes; Lambda takes {ENVIRONMENT_LIMIT}."
            )

    def version(self, qualifier: str | None) -> str | None:
        """The version that a qualifier means, or None when the function has no such version or alias."""
        if qualifier in (None, "$LATEST"):
            return "$LATEST"
        return "1" if qualifier == "1" or qualifier in self.aliases else None


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One event on its way to a sandbox. `payload` is JSON; `client_context` is JSON text, not base64.

    `deadline_ms` (since 1970) is set by the sandbox that runs it.
    """

    request_id: str
    payload: bytes
    arn: str
    version: str = "$LATEST"
    client_context: str | None = None
    trace_id: str = ""
    deadline_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an invocation, or an init, ended: what the function returned, or an error object and its type."""

    payload: bytes
    error_type: str | None = None

    @classmethod
    def error(cls, error_type: str, message: str) -> "Outcome":
        """An error that the platform reports in the function's place."""
        payload = json.dumps({"errorType": error_type, "errorMessage": message}).encode()
        return cls(payload=payload, error_type=error_type)


@dataclass(frozen=True, kw_only=True)
class Result:
    """An outcome as the Invoke API gives it back. `log` is the end of what was logged meanwhile."""

    request_id: str
    outcome: Outcome
    log: bytes
    version: str


class InvokeError(Exception):
    """An invocation that never reached a sandbox. `code` and `status` are those of the Invoke API's errors."""

    code = "ServiceException"
    status = 500


class Stopping(InvokeError):
    """The functions are being stopped."""

    status = 503


class AccessDenied(InvokeError):
    code, status = "AccessDeniedException", 403


class ResourceNotFound(InvokeError):
    code, status = "ResourceNotFoundException", 404


class InvalidParameterValue(InvokeError):
    code, status = "InvalidParameterValueException", 400


class InvalidRequestContent(InvokeError):
    code, status = "InvalidRequestContentException", 400


class TooManyRequests(InvokeError):
    """The function's sandboxes are all busy, and there may be no more of them."""

    code, status = "TooManyRequestsException", 429
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    retry_after_s = 1


class RequestTooLarge(InvokeError):
    """What Lambda answers goes by this name, although its service model says RequestTooLargeException."""

    code, status = "RequestEntityTooLargeException", 413
