"""Tiny seeded checkpoints of every architecture that `models.architectures` knows, with or without a head."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers

TOKENIZERS = Path(__file__).parents[1] / "question_answering" / "golden" / "tokenizers"
LAYERS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
# The special tokens of each tokenizer: padding, unknown, first, separator.
NAMES = {
    "wordpiece": ("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    "unigram": ("<pad>", "<unk>", "<s>", "</s>"),
    "unigram-lower": ("<pad>", "<unk>", "[CLS]", "[SEP]"),
    "byte-bpe": ("<pad>", "<unk>", "<s>", "</s>"),
}


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """A configuration: `tokenizer` names a file of the tokenizers; `spread` is the deviation of the drawn weights."""

    tokenizer: str
    max_tokens: int
    config: dict[str, Any] = field(default_factory=dict)
    spread: float = 0.3


def _after_padding(tokenizer: str) -> Tiny:
    config = {**LAYERS, "max_position_embeddings": 130, "pad_token_id": 1, "type_vocab_size": 1}
    return Tiny(tokenizer=tokenizer, max_tokens=128, config=config)


MOBILE = {"hidden_size": 64, "embedding_size": 32, "intra_bottleneck_size": 32, "num_feedforward_networks": 2}
DISENTANGLED = {
    "relative_attention": True,
    "position_buckets": 32,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "type_vocab_size": 0,
    "pad_token_id": 1,
}
# A window of 16 tokens in every second layer, and every token in the others.
SLIDING = {"local_attention": 16, "global_attn_every_n_layers": 2, "pad_token_id": 1, "cls_token_id": 0}
ENDS = {"sep_token_id": 2, "bos_token_id": 0, "eos_token_id": 2}

TINY = {
    "albert": Tiny(
        tokenizer="unigram-lower",
        max_tokens=128,
        config={**LAYERS, "embedding_size": 16, "max_position_embeddings": 128, "pad_token_id": 0},
    ),
    "bert": Tiny(tokenizer="wordpiece", max_tokens=160, config={**LAYERS, "max_position_embeddings": 160}),
    "camembert": _after_padding("unigram"),
    "deberta-v2": Tiny(
        tokenizer="unigram", max_tokens=128, config={**LAYERS, **DISENTANGLED, "max_position_embeddings": 128}
    ),
    "distilbert": Tiny(
        tokenizer="wordpiece", max_tokens=512, config={"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
    ),
    "electra": Tiny(
        tokenizer="wordpiece", max_tokens=160, config={**LAYERS, "embedding_size": 16, "max_position_embeddings": 160}
    ),
    "mobilebert": Tiny(
        tokenizer="wordpiece",
        max_tokens=192,
        spread=0.05,
        config={**LAYERS, **MOBILE, "max_position_embeddings": 192, "pad_token_id": 0},
    ),
    "modernbert": Tiny(
        tokenizer="byte-bpe", max_tokens=256, config={**LAYERS, **SLIDING, **ENDS, "max_position_embeddings": 256}
    ),
    "mpnet": Tiny(
        tokenizer="byte-bpe", max_tokens=128, config={**LAYERS, "max_position_embeddings": 130, "pad_token_id": 1}
    ),
    "roberta": _after_padding("byte-bpe"),
    "xlm-roberta": _after_padding("unigram"),
}

# One that is not in the list: its positions are rotations, which no table limits.
UNKNOWN = {
    "roformer": Tiny(tokenizer="wordpiece", max_tokens=128, config={**LAYERS, "max_position_embeddings": 128}),
}


def network_of(model_type: str, auto_class: str) -> Any:
    """Return the tiny network of an architecture, always the same; `auto_class` is a class of transformers."""
    tiny = {**TINY, **UNKNOWN}[model_type]
    vocabulary = json.loads((TOKENIZERS / f"{tiny.tokenizer}.json").read_text(encoding="utf-8"))["model"]["vocab"]
    torch.manual_seed(13)
    config = transformers.AutoConfig.for_model(model_type, vocab_size=len(vocabulary), **tiny.config)
    module: Any = getattr(transformers, auto_class).from_config(config).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, tiny.spread)
    return module


def save(model_type: str, auto_class: str, directory: Path) -> Path:
    """Write the checkpoint of an architecture into `directory`: configuration, weights and tokenizer."""
    network_of(model_type, auto_class).save_pretrained(directory)
    name = {**TINY, **UNKNOWN}[model_type].tokenizer
    (directory / "tokenizer.json").write_bytes((TOKENIZERS / f"{name}.json").read_bytes())
    special = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), NAMES[name], strict=True))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return directory
