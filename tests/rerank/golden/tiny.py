"""Tiny cross-encoders of many architectures, the same from any version of transformers: weights are drawn by name.

    python -m tests.rerank.golden.tiny FAMILY FOLDER

Texts and tokenizers are those of question answering's golden cases. The models know nothing; they only judge decidedly.
"""

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoConfig, AutoModelForSequenceClassification

TOKENIZERS = Path(__file__).parents[2] / "question_answering" / "golden" / "tokenizers"
MAX_TOKENS = 128
LAYERS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
# Architectures that count positions from the padding token's id on have that many more.
POSITIONS, AFTER_PADDING = {"max_position_embeddings": MAX_TOKENS}, {"max_position_embeddings": MAX_TOKENS + 2}


@dataclass(frozen=True, kw_only=True)
class Family:
    """An architecture's tiny configuration; `tokenizer` names a file of question answering's `tokenizers/`.

    `gain` scales the layers' weights, `head` those of the last layer, so that logits spread.
    """

    tokenizer: str
    config: dict[str, Any]
    head: float
    gain: float = 1.5
    special: dict[str, str]


# Those that are told which of the two texts a token belongs to.
TYPED = {"bert", "electra", "mobilebert", "albert"}
BERT_SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
ALBERT_SPECIAL = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "[CLS]", "sep_token": "[SEP]"}
ROBERTA_SPECIAL = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}


def _bert(head: float, **config: Any) -> Family:
    config = {**LAYERS, **POSITIONS, "pad_token_id": 0, "type_vocab_size": 2, **config}
    return Family(tokenizer="wordpiece", head=head, config=config, special=BERT_SPECIAL)


def _roberta(tokenizer: str, head: float) -> Family:
    config = {**LAYERS, **AFTER_PADDING, "pad_token_id": 1, "type_vocab_size": 1}
    return Family(tokenizer=tokenizer, head=head, config=config, special=ROBERTA_SPECIAL)


FAMILIES = {
    "bert": _bert(5),
    "electra": _bert(3, embedding_size=16),
    "distilbert": Family(
        tokenizer="wordpiece",
        head=4,
        config={"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "pad_token_id": 0, **POSITIONS},
        special=BERT_SPECIAL,
    ),
    "mobilebert": Family(
        tokenizer="wordpiece",
        head=3,
        gain=0.4,
        config={
            **LAYERS,
            **POSITIONS,
            "hidden_size": 64,
            "embedding_size": 32,
            "intra_bottleneck_size": 32,
            "num_feedforward_networks": 2,
            "pad_token_id": 0,
        },
        special=BERT_SPECIAL,
    ),
    "albert": Family(
        tokenizer="unigram-lower",
        head=7,
        config={**LAYERS, **POSITIONS, "embedding_size": 16, "pad_token_id": 0},
        special=ALBERT_SPECIAL,
    ),
    "roberta": _roberta("byte-bpe", 10),
    "camembert": _roberta("unigram", 6),
    "xlm-roberta": _roberta("unigram", 14),
    "mpnet": _roberta("byte-bpe", 4),
    "deberta-v2": Family(
        tokenizer="unigram-lower",
        head=2.5,
        config={
            **LAYERS,
            **POSITIONS,
            "type_vocab_size": 0,
            "pad_token_id": 0,
            "relative_attention": True,
            "position_buckets": 16,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "max_relative_positions": -1,
            "pooler_hidden_size": 32,
        },
        special=ALBERT_SPECIAL,
    ),
    "modernbert": Family(
        tokenizer="byte-bpe",
        head=2,
        config={
            **LAYERS,
            **POSITIONS,
            "num_hidden_layers": 3,
            "global_attn_every_n_layers": 3,
            "local_attention": 16,
            "classifier_pooling": "mean",
            "pad_token_id": 1,
            "bos_token_id": 0,
            "cls_token_id": 0,
            "eos_token_id": 2,
            "sep_token_id": 2,
        },
        special=ROBERTA_SPECIAL,
    ),
}


def tokenizer_file(name: str) -> Path:
    """Return the `tokenizer.json` of a family."""
    return TOKENIZERS / f"{FAMILIES[name].tokenizer}.json"


def network(name: str) -> Any:
    """Return the tiny model of a family."""
    family = FAMILIES[name]
    vocabulary = json.loads(tokenizer_file(name).read_text(encoding="utf-8"))["model"]["vocab"]
    config = AutoConfig.for_model(name, vocab_size=len(vocabulary), num_labels=1, **family.config)
    model: Any = AutoModelForSequenceClassification.from_config(  # type: ignore[no-untyped-call]
        config, attn_implementation="eager"
    )
    model.eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(_drawn(name, key, tuple(parameter.shape))))
    return model


def _drawn(name: str, key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Draw one parameter: norms around 1, biases small, matrices so that what they are given keeps its size."""
    family = FAMILIES[name]
    seed = int.from_bytes(hashlib.sha256(f"{name}/{key}".encode()).digest()[:8], "big")
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    if noise.ndim == 1:
        return noise * np.float32(0.1) + np.float32("norm" in key.lower() and key.endswith("weight"))
    if "embeddings" in key:
        return noise
    # The last layer has one row: one logit.
    scale = family.head if len(noise) == 1 else family.gain
    return noise * np.float32(scale / np.sqrt(noise.shape[1]))


def save(name: str, directory: Path) -> Path:
    """Write the checkpoint of a family: configuration, weights and tokenizer."""
    network(name).save_pretrained(directory)
    (directory / "tokenizer.json").write_bytes(tokenizer_file(name).read_bytes())
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask", *(["token_type_ids"] if name in TYPED else [])],
        **FAMILIES[name].special,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return directory


if __name__ == "__main__":
    save(sys.argv[1], Path(sys.argv[2]))
