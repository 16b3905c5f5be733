"""Reads the router's environment, once. Who may call is read by `router.auth`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """The environment does not let the router start. The message names the variable and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The decisions of a deployment.

    `model_function` is the name or ARN of a model's function, with `{id}` in the model's place. `concurrency` caps the
    invocations of one request at a time.
    """

    catalog: Path
    model_function: str
    concurrency: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read CATALOG, MODEL_FUNCTION and MAX_CONCURRENCY. Raises SettingsError."""
        return cls(
            catalog=Path(_required(environ, "CATALOG", "the path of the served models' JSON")),
            model_function=_template(environ),
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


def _concurrency(environ: Mapping[str, str]) -> int:
    given = environ.get("MAX_CONCURRENCY", "4")
    if not given.isdecimal() or not 1 <= int(given) <= 100:
        raise SettingsError(f"MAX_CONCURRENCY is {given!r}; set it to a number from 1 to 100.")
    return int(given)
