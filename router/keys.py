"""Who may ask: API keys, known by their digests only."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping

from shared.errors import InvalidApiKey


class Keys:
    """Named API keys. Holds the SHA-256 of each, never a key."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        self._digests = {name: digest.encode() for name, digest in digests.items()}

    def caller(self, headers: Mapping[str, str]) -> str:
        """The name of the key that a request carries. Raises InvalidApiKey when it carries none of these."""
        for key in _sent(headers):
            digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest().encode()
            # All are compared, whichever matches: the time taken says nothing about which one did.
            names = [name for name, known in self._digests.items() if hmac.compare_digest(digest, known)]
            if names:
                return names[0]
        raise InvalidApiKey("Send a valid API key as 'Authorization: Bearer <key>' or as 'x-api-key: <key>'.")


def _sent(headers: Mapping[str, str]) -> Iterator[str]:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        yield key.strip()
    if headers.get("x-api-key"):
        yield headers["x-api-key"].strip()
