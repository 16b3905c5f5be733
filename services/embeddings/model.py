"""Embeds texts with any encoder: text to tokens, token vectors to one vector. It knows no runtime.

Pooling is that of sentence-transformers:
https://github.com/huggingface/sentence-transformers, sentence_transformer/modules/pooling.py
"""

import base64
import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from services.embeddings import tokens
from services.embeddings.request import Reply, Request, prompt_for
from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.encoder import Encoder, Tokens
from shared.encoder.tokens import Ints
from shared.errors import InvalidRequest, ModelError
from shared.manifest import Manifest

Floats = NDArray[np.float32]
Pooling = Literal["mean", "cls", "lasttoken"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
# torch.nn.functional.normalize divides by at least this length.
SMALLEST_LENGTH = 1e-12


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a model pools its token vectors, and what it puts before texts.

    `normalize` says that the model itself ends in unit length. `prompts` are texts put before the input, by name.
    """

    pooling: Pooling
    normalize: bool
    prompts: dict[str, str]
    default_prompt_name: str | None

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ValueError(f"pooling {self.pooling!r} is not served; it may be {', '.join(POOLINGS)}.")


class Model:
    """An encoder whose token vectors are pooled; see `shared.contract.Model`."""

    def __init__(self, encoder: Encoder, manifest: Manifest) -> None:
        """Raises ValueError for an artifact without dimensions or of unknown pooling."""
        if manifest.dimensions is None:
            raise ValueError(f"the manifest of {manifest.id} names no dimensions; build the artifact again.")
        self._encoder = encoder
        self._dimensions = manifest.dimensions
        self._settings = Settings(**manifest.config)

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        """Embed a request's texts. Raises InvalidRequest, or ModelError for a vector that is not finite."""
        asked = Request.parse(request)
        if asked.operation != "embed":
            return tokens.answer(asked, self._prompt(asked), self._encoder, deadline)
        dimensions = self._checked_dimensions(asked)
        prompt = self._prompt(asked)
        began = time.perf_counter()
        items = tokens.read_items(asked, self._encoder.vocabulary)
        read = iter(self._encoder.read_ids([prompt + item for item in items if isinstance(item, str)], deadline))
        texts = [
            (next(read), self._room) if isinstance(item, str) else (item, self._encoder.max_tokens) for item in items
        ]
        sequences = [self._sequence(index, ids, room, asked) for index, (ids, room) in enumerate(texts)]
        tokenized = time.perf_counter()
        vectors = np.empty((len(sequences), self._dimensions), dtype=np.float32)
        for index, (hidden,) in self._encoder.run(sequences, deadline):
            vectors[index] = pool(hidden, self._settings.pooling)
        vectors = vectors[:, :dimensions]
        if not np.isfinite(vectors).all():
            raise ModelError("The model computed a vector that is not finite. Report it with the x-request-id.")
        if self._ends_in_unit_length(asked, dimensions):
            vectors = normalize(vectors)
        lengths = [len(sequence) for sequence in sequences]
        return Inference(
            result=encode_reply(vectors, lengths),
            tokens=sum(lengths),
            truncated=sum(len(ids) > room for ids, room in texts),
            ms={"tokenize": (tokenized - began) * 1000, "model": (time.perf_counter() - tokenized) * 1000},
        )

    @property
    def _room(self) -> int:
        """The number of tokens that special tokens leave for a text."""
        return self._encoder.max_tokens - self._encoder.special_tokens.single_length

    def _sequence(self, index: int, ids: Ints, room: int, asked: Request) -> Tokens:
        """Cut a text to what the model reads, on the side the request names, as sentence-transformers does.

        Ids that were sent have all the `room` that there is: their special tokens are among them.
        """
        if len(ids) > room:
            if not asked.truncate:
                length = len(ids) + self._encoder.max_tokens - room
                problem = f"is {length} tokens long and the model reads {self._encoder.max_tokens}; shorten it or allow"
                raise InvalidRequest(f"'input[{index}]' {problem} 'truncate'.", param="input", item=index)
            ids = ids[-room:] if asked.truncation_direction == "left" else ids[:room]
        special = self._encoder.special_tokens
        types = np.full(len(ids), special.single_type, dtype=np.int64)
        sequence = special.single(ids) if room == self._room else Tokens(ids=ids, types=types)
        if not len(sequence):
            problem = "holds nothing that the model can read; leave it out."
            raise InvalidRequest(f"'input[{index}]' {problem}", param="input", item=index)
        return sequence

    def _checked_dimensions(self, asked: Request) -> int:
        dimensions = self._dimensions if asked.dimensions is None else asked.dimensions
        if dimensions > self._dimensions:
            problem = f"'dimensions' must be a whole number from 1 to {self._dimensions}, as the model has."
            raise InvalidRequest(problem, param="dimensions")
        return dimensions

    def _prompt(self, asked: Request) -> str:
        settings = self._settings
        by_type = None if asked.input_type is None else prompt_for(asked.input_type, settings.prompts)
        name = asked.prompt_name or by_type or settings.default_prompt_name
        if name is None:
            return ""
        if name not in settings.prompts:
            known = ", ".join(settings.prompts)
            problem = f"one of {known}" if known else "left out: this model has no prompts"
            raise InvalidRequest(f"'prompt_name' must be {problem}.", param="prompt_name")
        return settings.prompts[name]

    def _ends_in_unit_length(self, asked: Request, dimensions: int) -> bool:
        """Decide as the request asks; else normalise when the model does so, or when the vectors were shortened."""
        if asked.normalize is not None:
            return asked.normalize
        return self._settings.normalize or dimensions < self._dimensions


def pool(tokens: Floats, pooling: Pooling) -> Floats:
    """Pool one text's token vectors, (tokens, dimensions) without padding, into its vector, (dimensions,)."""
    pooled: Floats
    match pooling:
        case "mean":
            pooled = tokens.mean(axis=0)
        case "cls":
            pooled = tokens[0]
        case "lasttoken":
            pooled = tokens[-1]
    return pooled


def normalize(vectors: Floats) -> Floats:
    """Bring vectors, (texts, dimensions), to unit length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, np.float32(SMALLEST_LENGTH))
    return unit


def encode_reply(vectors: Floats, tokens: list[int]) -> Reply:
    """Encode vectors, (texts, dimensions), as the service's reply; `tokens` counts each text's."""
    rows = np.ascontiguousarray(vectors, dtype="<f4")
    encoded = [base64.b64encode(row.data).decode("ascii") for row in rows]
    return {"embeddings": encoded, "dimensions": rows.shape[1], "tokens": tokens}


def decode_vectors(reply: Reply) -> Floats:
    """Decode the vectors of a reply, (texts, dimensions)."""
    return np.stack([np.frombuffer(base64.b64decode(row), dtype="<f4") for row in reply["embeddings"]])
