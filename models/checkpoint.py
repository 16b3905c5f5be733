"""Reads from a checkpoint's configuration files what every task has to know of it. It loads no weights."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.architectures import Architecture, architecture_of
from models.service import Facts

# transformers writes 1e30 into the configuration of a tokenizer that has no limit.
_NO_LIMIT = 10**9


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A checkpoint's configuration files. `network` is its config.json, as transformers completes it."""

    network: Any
    tokenizer: dict[str, Any]

    @classmethod
    def read(cls, checkpoint: Path) -> "Configuration":
        """Read the files in `checkpoint`. Raises ValueError for an architecture that transformers does not have."""
        from transformers import AutoConfig  # takes a second to import

        if not (checkpoint / "config.json").is_file():
            raise ValueError("it has no config.json")
        network = AutoConfig.from_pretrained(checkpoint, local_files_only=True)
        return cls(network=network, tokenizer=read_json(checkpoint / "tokenizer_config.json"))

    @property
    def model_type(self) -> str:
        """The name of its architecture."""
        return str(self.network.model_type)

    @property
    def architecture(self) -> Architecture:
        """What is known of its architecture."""
        return architecture_of(self.model_type)

    def require_head(self, head: str, described: str) -> None:
        """Raise ValueError unless its network ends in a head such as "ForQuestionAnswering", in words `described`."""
        if not any(name.endswith(head) for name in self.network.architectures or []):
            raise ValueError(f"its architecture has no {described} head; name a checkpoint fine-tuned for it")

    def facts(
        self,
        *,
        max_tokens: int | None = None,
        dimensions: int | None = None,
        lowercase: bool = False,
        config: dict[str, Any] | None = None,
    ) -> Facts:
        """Return the facts of the checkpoint. Raises ValueError for one without a maximum length.

        `max_tokens` takes the place of the tokenizer's own limit; in any case no more than there are positions.
        """
        limits = [max_tokens or self.tokenizer.get("model_max_length"), self._positions()]
        known = [int(limit) for limit in limits if limit and limit < _NO_LIMIT]
        if not known:
            raise ValueError("it names no maximum length; set model_max_length in tokenizer_config.json")
        return Facts(
            max_tokens=min(known),
            pad_token_id=self.network.pad_token_id or 0,
            dimensions=dimensions,
            lowercase=lowercase,
            config=config or {},
        )

    def _positions(self) -> int | None:
        """Return how many tokens it has positions for; None where nothing says so."""
        positions: int | None = getattr(self.network, "max_position_embeddings", None)
        if positions and self.architecture.positions_after_padding:
            return positions - (self.network.pad_token_id or 0) - 1
        return positions


def read_json(path: Path) -> Any:
    """Read a JSON file; return an empty dictionary where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
