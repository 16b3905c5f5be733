"""One request for embeddings, checked and completed with the model's own settings. Knows no tokenizer."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from services.embeddings.settings import Settings
from shared.errors import InvalidRequest

FIELDS = ("input", "normalize", "dimensions", "truncate", "truncation_direction", "prompt_name")
Direction = Literal["left", "right"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to embed, and how: `texts` with their prompt, and every choice made."""

    texts: list[str]
    normalize: bool
    dimensions: int
    truncate: bool
    truncation_direction: Direction

    @classmethod
    def parse(cls, request: dict[str, Any], settings: Settings) -> "Request":
        """Check a request of the service's form and fill in what it leaves open. Raises InvalidRequest."""
        for field in request.keys() - set(FIELDS):
            raise InvalidRequest(f"The field is unknown; a request may hold {', '.join(FIELDS)}.", param=field)
        dimensions = _dimensions(request.get("dimensions"), settings)
        prompt = _prompt(request.get("prompt_name"), settings)
        return cls(
            texts=[prompt + text for text in _texts(request.get("input"))],
            normalize=_normalize(request.get("normalize"), settings, shortened=dimensions < settings.dimensions),
            dimensions=dimensions,
            truncate=_truncate(request.get("truncate")),
            truncation_direction=_direction(request.get("truncation_direction")),
        )


def _texts(texts: Any) -> list[str]:
    if not isinstance(texts, list) or not texts:
        raise InvalidRequest("'input' must be a list of at least one text.", param="input")
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidRequest(f"'input[{index}]' must be a text.", param="input")
        if not text:
            raise InvalidRequest(f"'input[{index}]' is empty; leave it out.", param="input")
        if not _is_unicode(text):
            raise InvalidRequest(f"'input[{index}]' holds half a surrogate pair; send whole characters.", param="input")
    return texts


def _is_unicode(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _normalize(normalize: Any, settings: Settings, *, shortened: bool) -> bool:
    """Whether to end in unit length: as asked, else when the model does so or the vectors were shortened."""
    if normalize is None:
        return settings.normalize or shortened
    if not isinstance(normalize, bool):
        raise InvalidRequest("'normalize' must be true, false or null.", param="normalize")
    return normalize


def _dimensions(dimensions: Any, settings: Settings) -> int:
    if dimensions is None:
        return settings.dimensions
    if isinstance(dimensions, bool) or not isinstance(dimensions, int) or not 1 <= dimensions <= settings.dimensions:
        problem = f"'dimensions' must be a whole number from 1 to {settings.dimensions}, as the model has."
        raise InvalidRequest(problem, param="dimensions")
    return dimensions


def _prompt(name: Any, settings: Settings) -> str:
    if name is None:
        name = settings.default_prompt_name
    if name is None:
        return ""
    if not isinstance(name, str) or name not in settings.prompts:
        known = ", ".join(settings.prompts)
        problem = f"one of {known}" if known else "left out: this model has no prompts"
        raise InvalidRequest(f"'prompt_name' must be {problem}.", param="prompt_name")
    return settings.prompts[name]


def _truncate(truncate: Any) -> bool:
    if truncate is None:
        return True
    if not isinstance(truncate, bool):
        raise InvalidRequest("'truncate' must be true or false.", param="truncate")
    return truncate


def _direction(direction: Any) -> Direction:
    if direction is None:
        return "right"
    if direction not in ("left", "right"):
        raise InvalidRequest("'truncation_direction' must be left or right.", param="truncation_direction")
    return cast(Direction, direction)
