"""Says what pydantic found wrong with a caller's body, and never what was sent. It knows no task."""

import re
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.errors import InvalidRequest
from shared.rules import EMPTY, MISSING_FIELD, OBJECT, UNKNOWN_FIELD

# A field's name is the caller's text: only what looks like a name is said back.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
# The tags of unions.
BRANCHES = ("one", "many", "pair", "one text", "token ids")
PHRASES = {
    "missing": MISSING_FIELD,
    "extra_forbidden": UNKNOWN_FIELD,
    "string_too_short": EMPTY,
    "string_pattern_mismatch": EMPTY,
    "too_short": EMPTY,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
}


def refusal(error: ValidationError) -> InvalidRequest:
    """Return the error to raise, which names the first field at fault."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    param = _param(first["loc"])
    subject = f"'{param}'" if param else "A field whose name is no plain word"
    return InvalidRequest(f"{subject} {_problem(first)}", param=param)


def _param(loc: Sequence[int | str]) -> str | None:
    """Write a pydantic location as `context[2]`; the branch of a union is no part of it."""
    parts = [part for part in loc if part not in BRANCHES]
    if not all(isinstance(part, int) or NAME.fullmatch(part) for part in parts):
        return None
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def _problem(error: ErrorDetails) -> str:
    """Return the end of a sentence on a pydantic error."""
    kind, loc = error["type"], error["loc"]
    if kind == "string_type" and loc[-1] == "one":
        return "must be a string or a list of strings."
    return PHRASES.get(kind) or re.sub(r"^(Input|String|List|Value error,) ", "", error["msg"]).rstrip(".") + "."
