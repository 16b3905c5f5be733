"""Tiny models of the six families, the same from any version of transformers: weights are drawn by parameter name.

Their tokenizers lie in `tokenizers/` (made by `train_tokenizers.py`). They know nothing; they only answer decidedly.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForQuestionAnswering

FOLDER = Path(__file__).parent
LAYERS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


@dataclass(frozen=True, kw_only=True)
class Family:
    """An architecture's tiny configuration; `tokenizer` names a file of `tokenizers/`.

    `gain` scales the layers' weights, `head` those of the head, so that its logits spread and scores are not near-ties.
    """

    tokenizer: str
    max_tokens: int
    head: float
    config: dict[str, Any]
    gain: float = 1.5


FAMILIES = {
    "bert": Family(
        tokenizer="wordpiece",
        max_tokens=160,
        head=30.0,
        config={**LAYERS, "max_position_embeddings": 160, "pad_token_id": 0, "type_vocab_size": 2},
    ),
    "mobilebert": Family(
        tokenizer="wordpiece",
        max_tokens=192,
        head=0.35,
        gain=0.4,
        config={
            **LAYERS,
            "hidden_size": 64,
            "embedding_size": 32,
            "intra_bottleneck_size": 32,
            "num_feedforward_networks": 2,
            "max_position_embeddings": 192,
            "pad_token_id": 0,
        },
    ),
    "distilbert": Family(
        tokenizer="wordpiece",
        max_tokens=512,
        head=6.0,
        config={"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "pad_token_id": 0},
    ),
    "xlm-roberta": Family(
        tokenizer="unigram",
        max_tokens=256,
        head=12.0,
        config={**LAYERS, "max_position_embeddings": 258, "pad_token_id": 1, "type_vocab_size": 1},
    ),
    "albert": Family(
        tokenizer="unigram-lower",
        max_tokens=128,
        head=7.0,
        config={**LAYERS, "embedding_size": 16, "max_position_embeddings": 128, "pad_token_id": 0},
    ),
    "roberta": Family(
        tokenizer="byte-bpe",
        max_tokens=128,
        head=14.0,
        config={**LAYERS, "max_position_embeddings": 130, "pad_token_id": 1, "type_vocab_size": 1},
    ),
}


def tokenizer_file(name: str) -> Path:
    """The `tokenizer.json` of a family."""
    return FOLDER / "tokenizers" / f"{FAMILIES[name].tokenizer}.json"


def network(name: str) -> Any:
    """The tiny model of a family."""
    family = FAMILIES[name]
    vocabulary = json.loads(tokenizer_file(name).read_text(encoding="utf-8"))["model"]["vocab"]
    config = AutoConfig.for_model(name, vocab_size=len(vocabulary), **family.config)
    model: Any = AutoModelForQuestionAnswering.from_config(  # type: ignore[no-untyped-call]
        config, attn_implementation="eager"
    )
    model.eval()
    with torch.no_grad():
        for parameter, weights in _drawn(name, model):
            parameter.copy_(torch.from_numpy(weights))
    return model


def _drawn(name: str, model: Any) -> Iterator[tuple[Any, np.ndarray[Any, np.dtype[np.float32]]]]:
    for key, parameter in model.named_parameters():
        seed = int.from_bytes(hashlib.sha256(f"{name}/{key}".encode()).digest()[:8], "big")
        noise = np.random.default_rng(seed).standard_normal(tuple(parameter.shape)).astype(np.float32)
        yield parameter, _scaled(FAMILIES[name], key, noise)


def _scaled(
    family: Family, key: str, noise: np.ndarray[Any, np.dtype[np.float32]]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    if noise.ndim == 1:
        return noise * np.float32(0.1) + np.float32(key.endswith("LayerNorm.weight") or "norm.weight" in key)
    if "embeddings" in key:
        return noise
    scale = family.head if "qa_outputs" in key else family.gain
    return noise * np.float32(scale / np.sqrt(noise.shape[1]))


def save(name: str, directory: Path) -> None:
    """Write the checkpoint of a family: configuration, weights and tokenizer."""
    network(name).save_pretrained(directory)
    (directory / "tokenizer.json").write_bytes(tokenizer_file(name).read_bytes())
    settings = {"model_max_length": FAMILIES[name].max_tokens}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
