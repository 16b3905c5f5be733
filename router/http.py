"""Reads and writes HTTP as the HTTP API hands it to a function (payload 2.0). Knows no route and no task.

Format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from router.deadline import Deadline
from shared.entrypoint import Context
from shared.errors import InvalidRequest, TooLarge, UnsupportedMediaType

BODY_BYTES = 4 * 1024 * 1024
# An answer that fits into one packet is not worth compressing.
GZIP_BYTES = 1_400
GZIP_LEVEL = 4
# An id goes back in a header and into the log.
REQUEST_ID = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. Header names are lower-case. The body stays as it came until `body` is called.

    `user_arn` is the caller whose signature the gateway checked, None where it does not check any. `model` is the name
    of one in the path, where the route has one there.
    """

    id: str
    method: str
    path: str
    headers: Mapping[str, str]
    deadline: Deadline
    raw_body: str = field(repr=False)
    is_base64: bool
    user_arn: str | None
    model: str | None = None

    @classmethod
    def from_event(cls, event: Any, context: Context) -> "Request":
        """Return the request in an HTTP API event. Raises InvalidRequest for an event of another kind."""
        event = _mapping(event)
        gateway, headers, body = _mapping(event.get("requestContext")), event.get("headers"), event.get("body")
        http = _mapping(gateway.get("http"))
        if not http or not isinstance(headers or {}, dict) or not isinstance(body or "", str):
            raise InvalidRequest("The event is not an HTTP request. Send an HTTP API event of payload format 2.0.")
        own_id, taken = gateway.get("requestId"), gateway.get("timeEpoch")
        user_arn = _mapping(_mapping(gateway.get("authorizer")).get("iam")).get("userArn")
        return cls(
            id=own_id if isinstance(own_id, str) and REQUEST_ID.fullmatch(own_id) else context.aws_request_id,
            method=str(http.get("method", "")),
            path=str(event.get("rawPath") or "/"),
            headers={str(name).lower(): str(value) for name, value in (headers or {}).items()},
            deadline=Deadline.of(taken if _is_time(taken) else None, context.get_remaining_time_in_millis()),
            raw_body=body or "",
            is_base64=bool(event.get("isBase64Encoded")),
            user_arn=user_arn if isinstance(user_arn, str) else None,
        )

    def body(self) -> bytes:
        """Return the decoded body of a JSON request. Raises UnsupportedMediaType, TooLarge or InvalidRequest."""
        media = self.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
            raise UnsupportedMediaType
        # Base64 is a third longer than what it holds: what is over the limit is not even decoded.
        if len(self.raw_body) > (BODY_BYTES + 2) * 4 // 3:
            raise _too_large()
        try:
            body = base64.b64decode(self.raw_body) if self.is_base64 else self.raw_body.encode()
        except ValueError:
            raise InvalidRequest("The body is not UTF-8 text. Send JSON.") from None
        body = _decompress(body, self.headers.get("content-encoding", "identity").strip().lower())
        if len(body) > BODY_BYTES:
            raise _too_large()
        return body

    @property
    def accepts_gzip(self) -> bool:
        """Whether the caller takes a compressed answer."""
        codings = [coding.replace(" ", "").lower() for coding in self.headers.get("accept-encoding", "").split(",")]
        taken = {
            coding.partition(";q=")[0]
            for coding in codings
            if coding.partition(";q=")[2].strip("0.") or ";q=" not in coding
        }
        return not taken.isdisjoint(("gzip", "x-gzip", "*"))


def _decompress(body: bytes, coding: str) -> bytes:
    """Undo a content-encoding, but no further than to one byte over the limit of a body."""
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip"):
        raise UnsupportedMediaType("Send the body as it is, or with 'content-encoding: gzip'.")
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(body, BODY_BYTES + 1)
    except zlib.error:
        raise InvalidRequest("The body is not gzip, although 'content-encoding' says so.") from None
    if len(unpacked) <= BODY_BYTES and (not unpacker.eof or unpacker.unused_data):
        raise InvalidRequest("The body is not one whole gzip stream. Send it complete.")
    return unpacked


def _mapping(value: Any) -> dict[str, Any]:
    """Return an object of the event; an empty one where the event has something else."""
    return value if isinstance(value, dict) else {}


def _is_time(value: Any) -> bool:
    """Say whether a value is milliseconds since 1970 of some time that a clock can show."""
    return type(value) is int and 0 <= value < 10**14


def _too_large() -> TooLarge:
    return TooLarge(f"The body is over {BODY_BYTES} bytes. Send fewer or shorter texts in one request.")


@dataclass(frozen=True, kw_only=True)
class Response:
    """One response. `body` is text of the type that `content_type` says, in base64 where `is_gzip`."""

    status: int
    body: str = ""
    content_type: str = "application/json"
    is_gzip: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """Return the same response with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def compressed(self) -> "Response":
        """Return the same response in gzip, or itself where that is not worth it."""
        if self.is_gzip or len(self.body) < GZIP_BYTES:
            return self
        packed = base64.b64encode(gzip.compress(self.body.encode(), GZIP_LEVEL)).decode()
        headers = {**self.headers, "content-encoding": "gzip", "vary": "accept-encoding"}
        return replace(self, body=packed, is_gzip=True, headers=headers)

    @property
    def carried_bytes(self) -> int:
        """The number of bytes that the body takes as a JSON string inside the response event."""
        return len(self.body.encode()) + self.body.count('"') + self.body.count("\\")

    def to_event(self) -> dict[str, Any]:
        """Return the form in which the HTTP API takes it."""
        content = {} if self.status == 204 else {"content-type": self.content_type}
        return {
            "statusCode": self.status,
            "headers": {**content, "cache-control": "no-store", **self.headers},
            "body": self.body,
            "isBase64Encoded": self.is_gzip,
        }
