"""What an artifact says of itself: `manifest.json`, written by `python -m models build`, read wherever it is served."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_origin

FILE_NAME = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The facts of one artifact.

    `files` maps each other file of the folder to its SHA-256. `max_tokens` is the longest sequence the network reads,
    special tokens included. `auto_class` is the class that opens the checkpoint (see `shared.encoder.torch`).
    `outputs` names the network's outputs and says for each whether it has one value by "token" or by "sequence".
    `batched` says that sequences may share a run, padded: it is false where activations are quantized, because their
    range is that of the whole run, and such a graph takes no attention mask. `lowercase` asks for lower-casing that
    the tokenizer's file does not do. `config` holds what the service needs besides (pooling, prompts, thresholds).
    `export` says what exporter, optimiser and quantizer did, `quality` how far the artifact is from its float model.
    `example` holds a `request` in the service's form and the `result` that this artifact gave.
    """

    id: str
    service: str
    runtime: str
    source: str
    revision: str
    license: str
    created: int
    files: dict[str, str]
    max_tokens: int
    dimensions: int | None
    auto_class: str
    outputs: dict[str, str]
    pad_token_id: int
    batched: bool
    lowercase: bool
    quantization: str
    config: dict[str, Any]
    export: dict[str, Any]
    quality: dict[str, Any]
    example: dict[str, Any]

    @classmethod
    def read(cls, directory: Path) -> "Manifest":
        """The manifest in `directory`. Raises FileNotFoundError, or TypeError for one of another version.

        Raises ValueError for one that is no JSON.
        """
        manifest = cls(**json.loads((directory / FILE_NAME).read_text(encoding="utf-8")))
        for field in fields(cls):
            kind: Any = dict if get_origin(field.type) is dict else field.type
            if not isinstance(getattr(manifest, field.name), kind):
                raise TypeError(f"{field.name} of {directory / FILE_NAME} has a value of another kind")
        return manifest

    def write(self, directory: Path) -> None:
        """Write it into `directory`. The order of `outputs` is kept: it is that of a network's answers."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (directory / FILE_NAME).write_text(text + "\n", encoding="utf-8")
