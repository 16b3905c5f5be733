"""The API keys of the local stack, as the environment names them."""

import hashlib
import re

PRINTABLE = re.compile(r"[ -~]+")
NAMED_KEY = re.compile(r"^([A-Za-z][\w-]*)=(.*[^=].*)$")


class WrongKeys(Exception):
    """API_KEYS= holds what cannot be the keys that somebody wants."""


def api_keys(text: str) -> dict[str, str]:
    """Return SHA-256 digests by name, from comma-separated keys or name=key pairs. Raises WrongKeys."""
    digests: dict[str, str] = {}
    entries = [part.strip() for part in text.split(",")] if text else []
    for number, entry in enumerate(entries, 1):
        named = NAMED_KEY.match(entry)
        name, key = (named[1], named[2]) if named else (f"key-{number}", entry)
        if not PRINTABLE.fullmatch(key):
            raise WrongKeys(f"API_KEYS=: key {number} is empty or not printable ASCII; write key or name=key,name=key.")
        if name in digests:
            raise WrongKeys(f"API_KEYS=: two keys are named {name}; give each a name of its own.")
        digests[name] = hashlib.sha256(key.encode()).hexdigest()
    return digests
