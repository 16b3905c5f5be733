"""Tiny classifiers of several architectures and kinds; weights are drawn by parameter name, so that none is stored.

They know nothing; they only answer decidedly, and differently for different texts.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from tests.text_classification.fakes import TOKENIZERS

LAYERS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
# As MobileBERT is: it reads each token with its neighbours, in a narrower layer.
NARROW = {"hidden_size": 64, "embedding_size": 32, "intra_bottleneck_size": 32, "num_feedforward_networks": 2}
SMALL = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """A classifier: its architecture, the file of its tokenizer, and what its configuration says besides.

    `positions` count those that RoBERTa's family keeps before the first token. `head` scales the last weights, so
    that scores spread.
    """

    architecture: str
    tokenizer: str
    labels: tuple[str, ...]
    positions: int
    max_tokens: int
    pad_token_id: int = 0
    problem_type: str | None = None
    config: dict[str, Any]
    head: float = 2.0
    gain: float = 1.5


MOODS = ("sad", "happy", "angry", "calm")
TOPICS = ("sport", "politics", "weather", "food", "travel", "music")
CLASSIFIERS = {
    "bert": Tiny(
        architecture="bert",
        tokenizer="wordpiece",
        labels=("contradiction", "entailment", "neutral"),
        positions=64,
        max_tokens=64,
        config={**LAYERS, "type_vocab_size": 2},
    ),
    "distilbert": Tiny(
        architecture="distilbert",
        tokenizer="wordpiece",
        labels=("NEGATIVE", "POSITIVE"),
        positions=128,
        max_tokens=128,
        config=SMALL,
    ),
    "mobilebert": Tiny(
        architecture="mobilebert",
        tokenizer="wordpiece",
        labels=MOODS,
        positions=96,
        max_tokens=96,
        problem_type="single_label_classification",
        config={**LAYERS, **NARROW},
        gain=0.4,
        head=0.1,
    ),
    "electra": Tiny(
        architecture="electra",
        tokenizer="wordpiece",
        labels=("toxic",),
        positions=80,
        max_tokens=80,
        config={**LAYERS, "embedding_size": 16, "type_vocab_size": 2},
    ),
    "albert": Tiny(
        architecture="albert",
        tokenizer="unigram-lower",
        labels=("stars",),
        positions=96,
        max_tokens=96,
        problem_type="regression",
        config={**LAYERS, "embedding_size": 16},
    ),
    "xlm-roberta": Tiny(
        architecture="xlm-roberta",
        tokenizer="unigram",
        labels=MOODS,
        positions=130,
        max_tokens=128,
        pad_token_id=1,
        config={**LAYERS, "type_vocab_size": 1},
    ),
    "roberta": Tiny(
        architecture="roberta",
        tokenizer="byte-bpe",
        labels=TOPICS,
        positions=258,
        max_tokens=256,
        pad_token_id=1,
        problem_type="multi_label_classification",
        config={**LAYERS, "type_vocab_size": 1},
    ),
    "deberta-v2": Tiny(
        architecture="deberta-v2",
        tokenizer="unigram-lower",
        labels=("entailment", "not_entailment"),
        positions=96,
        max_tokens=96,
        config={
            **LAYERS,
            "type_vocab_size": 0,
            "relative_attention": True,
            "position_buckets": 32,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
        },
    ),
    "camembert": Tiny(
        architecture="camembert",
        tokenizer="unigram",
        labels=("formal", "informal"),
        positions=98,
        max_tokens=96,
        pad_token_id=1,
        problem_type="multi_label_classification",
        config={**LAYERS, "type_vocab_size": 1},
    ),
    "mpnet": Tiny(
        architecture="mpnet",
        tokenizer="byte-bpe",
        labels=MOODS,
        positions=130,
        max_tokens=128,
        pad_token_id=1,
        config={**LAYERS, "relative_attention_num_buckets": 32},
    ),
    "modernbert": Tiny(
        architecture="modernbert",
        tokenizer="byte-bpe",
        labels=("spam", "ham"),
        positions=256,
        max_tokens=256,
        pad_token_id=1,
        config={**LAYERS, "num_hidden_layers": 3, "local_attention": 32, "cls_token_id": 0, "sep_token_id": 2},
    ),
}


def tokenizer_file(name: str) -> Path:
    """Return the `tokenizer.json` of a classifier."""
    return TOKENIZERS / f"{CLASSIFIERS[name].tokenizer}.json"


def network(name: str) -> Any:
    """Make the network of a classifier."""
    tiny = CLASSIFIERS[name]
    vocabulary = json.loads(tokenizer_file(name).read_text(encoding="utf-8"))["model"]["vocab"]
    config = AutoConfig.for_model(
        tiny.architecture,
        vocab_size=len(vocabulary),
        max_position_embeddings=tiny.positions,
        pad_token_id=tiny.pad_token_id,
        id2label=dict(enumerate(tiny.labels)),
        label2id={label: i for i, label in enumerate(tiny.labels)},
        problem_type=tiny.problem_type,
        **tiny.config,
    )
    model: Any = AutoModelForSequenceClassification.from_config(  # type: ignore[no-untyped-call]
        config, attn_implementation="eager"
    )
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(_drawn(tiny, f"{name}/{key}", tuple(parameter.shape))))
    return model.eval()


def _drawn(tiny: Tiny, key: str, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.float32]]:
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    if len(shape) == 1:
        is_norm = key.endswith("weight")
        return noise * np.float32(0.1) + np.float32(is_norm)
    if "embeddings" in key:
        return noise
    is_last = shape[0] == len(tiny.labels)
    return noise * np.float32((tiny.head if is_last else tiny.gain) / np.sqrt(shape[1]))


def save(name: str, directory: Path) -> None:
    """Write the checkpoint of a classifier: configuration, weights and tokenizer."""
    network(name).save_pretrained(directory)
    (directory / "tokenizer.json").write_bytes(tokenizer_file(name).read_bytes())
    settings = {"model_max_length": CLASSIFIERS[name].max_tokens, "tokenizer_class": "PreTrainedTokenizerFast"}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
