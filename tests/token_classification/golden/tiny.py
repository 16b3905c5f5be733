"""Tiny token classifiers of several architectures, the same from any version of transformers: weights are drawn by
parameter name. They know nothing; they only answer decidedly.

Tokenizers and texts are those of the golden cases of question answering; two more tokenizers are made of them.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoConfig, AutoModelForTokenClassification

SOURCE = Path(__file__).parents[2] / "question_answering" / "golden"
LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "I-ORG", "MISC", "S-X-Y")
# Added to the labels' logits: most tokens carry none, and neighbours now and then the same.
BIAS = (12.0, 2.0, 6.0, 1.0, 4.0, 3.0, 2.0, 0.0)
LAYERS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


@dataclass(frozen=True, kw_only=True)
class Family:
    """An architecture's tiny configuration.

    `tokenizer` names a file of `SOURCE`, and `changes` replace parts of it. `head` scales the classifier's weights, so
    that labels are no near-ties.
    """

    tokenizer: str
    max_tokens: int
    config: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)
    head: float = 6.0


# As DeBERTa's tokenizer: a token that begins a word begins with the space before it.
SPACES_BELONG_TO_WORDS = {
    "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
}
CASED = {
    "normalizer": {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": False,
        "lowercase": False,
    }
}
FAMILIES = {
    "bert": Family(
        tokenizer="wordpiece",
        max_tokens=96,
        config={**LAYERS, "max_position_embeddings": 96, "pad_token_id": 0, "type_vocab_size": 2},
    ),
    "distilbert": Family(
        tokenizer="wordpiece",
        changes=CASED,
        max_tokens=128,
        config={
            "dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 64,
            "max_position_embeddings": 128,
            "pad_token_id": 0,
        },
    ),
    "xlm-roberta": Family(
        tokenizer="unigram",
        max_tokens=112,
        config={**LAYERS, "max_position_embeddings": 114, "pad_token_id": 1, "type_vocab_size": 1},
    ),
    "albert": Family(
        tokenizer="unigram-lower",
        max_tokens=80,
        config={**LAYERS, "embedding_size": 16, "max_position_embeddings": 80, "pad_token_id": 0},
    ),
    "roberta": Family(
        tokenizer="byte-bpe",
        max_tokens=128,
        config={**LAYERS, "max_position_embeddings": 130, "pad_token_id": 1, "type_vocab_size": 1},
    ),
    "deberta-v2": Family(
        tokenizer="unigram",
        changes=SPACES_BELONG_TO_WORDS,
        max_tokens=96,
        config={
            **LAYERS,
            "max_position_embeddings": 96,
            "pad_token_id": 1,
            "type_vocab_size": 0,
            "relative_attention": True,
            "position_buckets": 16,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
        },
    ),
    "modernbert": Family(
        tokenizer="byte-bpe",
        max_tokens=128,
        config={**LAYERS, "num_hidden_layers": 3, "max_position_embeddings": 128, "local_attention": 16}
        | {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "cls_token_id": 0, "sep_token_id": 2},
    ),
}


def texts() -> dict[str, dict[str, Any]]:
    """Return the texts by id."""
    return {text["id"]: text for text in json.loads((SOURCE / "texts.json").read_text(encoding="utf-8"))}


def tokenizer_json(name: str) -> dict[str, Any]:
    """Return the `tokenizer.json` of a family."""
    family = FAMILIES[name]
    path = SOURCE / "tokenizers" / f"{family.tokenizer}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content | family.changes


def network(name: str) -> Any:
    """Return the tiny network of a family."""
    family = FAMILIES[name]
    names = dict(enumerate(LABELS))
    config = AutoConfig.for_model(
        name,
        vocab_size=len(tokenizer_json(name)["model"]["vocab"]),
        id2label=names,
        label2id={label: number for number, label in names.items()},
        **family.config,
    )
    model: Any = AutoModelForTokenClassification.from_config(  # type: ignore[no-untyped-call]
        config, attn_implementation="eager"
    )
    with torch.no_grad():
        for parameter, weights in _drawn(name, model):
            parameter.copy_(torch.from_numpy(weights))
    return model.eval()


def _drawn(name: str, model: Any) -> Iterator[tuple[Any, NDArray[np.float32]]]:
    for key, parameter in model.named_parameters():
        seed = int.from_bytes(hashlib.sha256(f"{name}/{key}".encode()).digest()[:8], "big")
        noise = np.random.default_rng(seed).standard_normal(tuple(parameter.shape)).astype(np.float32)
        if key == "classifier.bias":
            yield parameter, np.array(BIAS, dtype=np.float32)
        elif noise.ndim == 1:
            yield parameter, noise * np.float32(0.1) + np.float32("norm" in key.lower() and key.endswith("weight"))
        else:
            gain = 1.0 if "embeddings" in key else _gain(FAMILIES[name], key) / np.sqrt(noise.shape[1])
            yield parameter, noise * np.float32(gain)


def _gain(family: Family, key: str) -> float:
    return family.head if key.startswith("classifier") else 1.5


def save(name: str, directory: Path) -> None:
    """Write the checkpoint of a family: configuration, weights and tokenizer."""
    network(name).save_pretrained(directory)
    content = json.dumps(tokenizer_json(name), ensure_ascii=False)
    (directory / "tokenizer.json").write_text(content, encoding="utf-8")
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": FAMILIES[name].max_tokens}
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    if FAMILIES[name].tokenizer != "wordpiece":
        special |= {"pad_token": "<pad>", "unk_token": "<unk>"}
    if FAMILIES[name].tokenizer in ("unigram", "byte-bpe"):
        special |= {"cls_token": "<s>", "sep_token": "</s>"}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings | special), encoding="utf-8")
