"""Finds out who is calling, in the way that a deployment has chosen. Another way is one class and a line of `AUTHS`."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from router.http import Request
from router.settings import SettingsError
from shared.errors import Error, Forbidden, InvalidApiKey

SHA256 = re.compile(r"[0-9a-f]{64}")


class Auth:
    """One way to authenticate callers.

    `schemes` are OpenAPI's security schemes, any one of which will do; `errors` is what a caller may be refused with.
    """

    schemes: ClassVar[Mapping[str, Any]] = {}
    errors: ClassVar[tuple[type[Error], ...]] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read what it needs of the environment. Raises SettingsError."""
        return cls()

    def caller(self, request: Request) -> str | None:
        """Return the caller's name for the log. Raises `shared.errors.Error` for a caller who may not ask."""
        raise NotImplementedError


class ApiKeys(Auth):
    """Named API keys, of which only the SHA-256 digests are held."""

    schemes: ClassVar = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        "azure": {"type": "apiKey", "in": "header", "name": "api-key"},
    }
    errors: ClassVar = (InvalidApiKey,)

    def __init__(self, digests: Mapping[str, str]) -> None:
        """`digests` maps the name of each key to its SHA-256, in hex."""
        self._digests = {name: digest.encode() for name, digest in digests.items()}

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read API_KEYS. Raises SettingsError, also when it has no key."""
        try:
            keys = json.loads(environ.get("API_KEYS") or "{}")
        except ValueError:
            keys = None
        if not isinstance(keys, dict) or not all(isinstance(d, str) and SHA256.fullmatch(d) for d in keys.values()):
            problem = 'is not a JSON object of names and SHA-256 digests; write {"name": "<64 hex>"}.'
            raise SettingsError(f"API_KEYS {problem}")
        if not keys:
            raise SettingsError("API_KEYS has no key, and AUTH is api-key; add a key, or set AUTH to iam or none.")
        return cls(keys)

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
    for name in ("x-api-key", "api-key"):
        if headers.get(name):
            yield headers[name].strip()


class Nobody(Auth):
    """Open access: nobody is asked who they are."""

    def caller(self, request: Request) -> None:
        """Return no name."""


class Iam(Auth):
    """AWS identities, whose signatures the gateway has checked."""

    schemes: ClassVar = {
        "iam": {"type": "apiKey", "in": "header", "name": "authorization", "x-amazon-apigateway-authtype": "awsSigv4"}
    }
    errors: ClassVar = (Forbidden,)

    def caller(self, request: Request) -> str | None:
        """Return the caller's ARN. Raises Forbidden for an event that did not come through the gateway's check."""
        # A browser signs no preflight, and the gateway has a route for it that checks nothing.
        if request.user_arn is None and request.method != "OPTIONS":
            raise Forbidden
        return request.user_arn


AUTHS: Mapping[str, type[Auth]] = {"api-key": ApiKeys, "iam": Iam, "none": Nobody}


def auth_from_env(environ: Mapping[str, str]) -> Auth:
    """Return the way that AUTH names, `api-key` where it names none. Raises SettingsError."""
    given = environ.get("AUTH", "api-key")
    if given not in AUTHS:
        raise SettingsError(f"AUTH is {given!r}; set it to one of {', '.join(AUTHS)}.")
    return AUTHS[given].from_env(environ)
