"""How a page asks a task and draws its answer: what a task's `display.py` defines. It knows no task and no page.

The words stand here because a person reads them; the fields' limits and meanings are those of the wire format.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

Kind = Literal["spans", "scores", "labels", "vectors"]


@dataclass(frozen=True, kw_only=True)
class Display:
    """One form and the kind of answer to it, for the native format of a task.

    `verb` is the name of the operation for generated clients, `summary` its line in the API description (the title
    where it is empty), `button` what one presses. `fields` and `options` give the label of each field of the body,
    `fields` in the order of the form. The answer, or its list `found` where it has one, is about the field `of`: parts
    of that text ("spans": `start`, `end` in code points), one by one its items ("scores": `index`; "vectors"), or all
    of it ("labels"). `value` names the number or vector of each, `label` the name, if it has one. Below `low` the page
    says that the model is not sure; `nothing` is said of an empty answer. `send` holds values that the page sends
    unless the person chooses others, `example` what it begins with where that is not the model's own example. `openai`
    names the method of OpenAI's client that speaks this format.
    """

    verb: str
    button: str
    title: str
    about: str
    kind: Kind
    fields: Mapping[str, str]
    of: str
    found: str
    value: str = "score"
    label: str = ""
    nothing: str = ""
    low: float = 0.0
    options: Mapping[str, str] = field(default_factory=dict)
    send: Mapping[str, Any] = field(default_factory=dict)
    example: Mapping[str, Any] = field(default_factory=dict)
    openai: str = ""
    summary: str = ""


@cache
def display_of(service: str) -> Display | None:
    """Return what the service's `display.py` defines, or None where it has none: its answers are shown as JSON."""
    name = f"services.{service}.display"
    try:
        found: Display = importlib.import_module(name).DISPLAY
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
    return found
