"""The router's environment, read once. Nothing else of the router looks at `os.environ`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Auth = Literal["api-key", "iam", "none"]
AUTHS: tuple[Auth, ...] = ("api-key", "iam", "none")
SHA256 = re.compile(r"[0-9a-f]{64}")


class SettingsError(Exception):
    """The environment does not let the router start. The message names the variable and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a deployment decides.

    `model_function` is the name or ARN of a model's function, with `{id}` in the model's place. `keys` maps the name of
    each API key to the SHA-256 of the key, in hex. `concurrency` caps the invocations of one request at a time.
    """

    catalog: Path
    model_function: str
    auth: Auth
    keys: Mapping[str, str]
    concurrency: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read CATALOG, MODEL_FUNCTION, AUTH, API_KEYS and MAX_CONCURRENCY. Raises SettingsError."""
        auth = _auth(environ)
        return cls(
            catalog=Path(_required(environ, "CATALOG", "the path of the served models' JSON")),
            model_function=_template(environ),
            auth=auth,
            keys=_keys(environ) if auth == "api-key" else {},
            concurrency=_concurrency(environ),
        )


def _required(environ: Mapping[str, str], name: str, meaning: str) -> str:
    if not environ.get(name):
        raise SettingsError(f"{name} is not set; set it to {meaning}.")
    return environ[name]


def _template(environ: Mapping[str, str]) -> str:
    meaning = "the name or ARN of a model's function, with {id} in the model's place"
    template = _required(environ, "MODEL_FUNCTION", meaning)
    if "{id}" not in template:
        raise SettingsError(f"MODEL_FUNCTION has no {{id}}; set it to {meaning}.")
    return template


def _auth(environ: Mapping[str, str]) -> Auth:
    given = environ.get("AUTH", "api-key")
    for auth in AUTHS:
        if auth == given:
            return auth
    raise SettingsError(f"AUTH is {given!r}; set it to one of {', '.join(AUTHS)}.")


def _keys(environ: Mapping[str, str]) -> Mapping[str, str]:
    try:
        keys = json.loads(environ.get("API_KEYS") or "{}")
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(d, str) and SHA256.fullmatch(d) for d in keys.values()):
        raise SettingsError('API_KEYS is not a JSON object of names and SHA-256 digests; write {"name": "<64 hex>"}.')
    if not keys:
        raise SettingsError("API_KEYS has no key, and AUTH is api-key; add a key, or set AUTH to iam or none.")
    return keys


def _concurrency(environ: Mapping[str, str]) -> int:
    given = environ.get("MAX_CONCURRENCY", "4")
    if not given.isdecimal() or not 1 <= int(given) <= 100:
        raise SettingsError(f"MAX_CONCURRENCY is {given!r}; set it to a number from 1 to 100.")
    return int(given)
