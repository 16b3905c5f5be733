"""What an embedding artifact's manifest says of the model, as the service needs it. Knows no request and no runtime."""

from dataclasses import dataclass
from typing import Literal, get_args

from shared.manifest import Manifest

Pooling = Literal["mean", "cls", "lasttoken"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the model wants its texts read and its token vectors pooled.

    `max_tokens` counts special tokens too. `normalize` says whether the model itself ends in unit length. `prompts` are
    texts put before the input, by name. `lowercase` asks for lower-casing that the tokenizer file does not do.
    `exact` is False when activations are quantized with one range for all that runs together.
    """

    max_tokens: int
    dimensions: int
    pooling: Pooling
    normalize: bool
    prompts: dict[str, str]
    default_prompt_name: str | None
    lowercase: bool
    pad_token_id: int
    exact: bool

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ValueError(f"pooling {self.pooling!r} is not served; it may be {', '.join(POOLINGS)}.")

    @classmethod
    def of(cls, manifest: Manifest) -> "Settings":
        """The settings in a manifest. Raises ValueError for an artifact without dimensions or of unknown pooling."""
        if manifest.dimensions is None:
            raise ValueError(f"the manifest of {manifest.id} names no dimensions; build the artifact again.")
        return cls(
            max_tokens=manifest.max_tokens,
            dimensions=manifest.dimensions,
            exact=manifest.quantization == "none",
            **manifest.config,
        )
