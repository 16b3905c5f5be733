"""Who is calling: by API key, by the IAM identity that the gateway checked, or nobody in particular."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

from router.http import Request
from shared.errors import Error, Forbidden, InvalidApiKey


class Auth(Protocol):
    """One way to authenticate."""

    @property
    def schemes(self) -> Mapping[str, Any]:
        """OpenAPI's security schemes, any one of which will do; none for open access."""

    @property
    def errors(self) -> tuple[type[Error], ...]:
        """What a caller may be refused with."""

    def caller(self, request: Request) -> str | None:
        """Return the caller's name for the log. Raises `shared.errors.Error` for a caller who may not ask."""


class ApiKeys:
    """Named API keys, of which only the SHA-256 digests are held."""

    schemes: ClassVar = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    }
    errors: ClassVar = (InvalidApiKey,)

    def __init__(self, digests: Mapping[str, str]) -> None:
        """`digests` maps the name of each key to its SHA-256, in hex."""
        self._digests = {name: digest.encode() for name, digest in digests.items()}

    def caller(self, request: Request) -> str:
        """Return the name of the key that a request carries. Raises InvalidApiKey when it carries none of these."""
        for key in _sent(request.headers):
            digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest().encode()
            # All are compared, whichever matches: the time taken says nothing about which one did.
            names = [name for name, known in self._digests.items() if hmac.compare_digest(digest, known)]
            if names:
                return names[0]
        raise InvalidApiKey


def _sent(headers: Mapping[str, str]) -> Iterator[str]:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        yield key.strip()
    if headers.get("x-api-key"):
        yield headers["x-api-key"].strip()


class Iam:
    """AWS identities, whose signatures the gateway has checked."""

    schemes: ClassVar = {
        "iam": {"type": "apiKey", "in": "header", "name": "authorization", "x-amazon-apigateway-authtype": "awsSigv4"}
    }
    errors: ClassVar = (Forbidden,)

    def caller(self, request: Request) -> str:
        """Return the caller's ARN. Raises Forbidden for an event that did not come through the gateway's check."""
        if request.user_arn is None:
            raise Forbidden
        return request.user_arn


class Nobody:
    """Open access: nobody is asked who they are."""

    schemes: ClassVar[Mapping[str, Any]] = {}
    errors: ClassVar[tuple[type[Error], ...]] = ()

    def caller(self, request: Request) -> None:
        """Return no name."""
