"""Tiny checkpoints with seeded weights, saved by sentence-transformers itself, of each kind that is served."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3Model,
    RobertaConfig,
    RobertaModel,
)

# transformers leaves its constructor untyped.
fast_tokenizer: Callable[..., PreTrainedTokenizerBase] = PreTrainedTokenizerFast

DIMENSIONS = 16
SIZES: dict[str, Any] = {
    "hidden_size": DIMENSIONS,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


def bert(directory: Path) -> Path:
    """A cased WordPiece BERT over single letters; 64 positions."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = [*string.ascii_letters, *string.digits, *string.punctuation]
    words = [*special, *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    fast_tokenizer(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(directory)
    torch.manual_seed(1)
    config = BertConfig(vocab_size=len(words), max_position_embeddings=64, initializer_range=0.5, **SIZES)
    BertModel(config).save_pretrained(directory)
    return directory


def _byte_level(special: list[str]) -> Tokenizer:
    words = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def roberta(directory: Path) -> Path:
    """A byte-level RoBERTa whose 34 positions begin at 2, as all of its family's do."""
    tokenizer = _byte_level(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
    fast_tokenizer(tokenizer_object=tokenizer, **names).save_pretrained(directory)
    torch.manual_seed(2)
    size = tokenizer.get_vocab_size()
    config = RobertaConfig(
        vocab_size=size, max_position_embeddings=34, pad_token_id=1, type_vocab_size=1, initializer_range=0.5, **SIZES
    )
    RobertaModel(config).save_pretrained(directory)
    return directory


def qwen(directory: Path) -> Path:
    """A byte-level decoder that ends every text with one special token and begins it with none."""
    tokenizer = _byte_level(["<end>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 0)])
    fast_tokenizer(
        tokenizer_object=tokenizer, pad_token="<end>", eos_token="<end>", padding_side="left", model_max_length=48
    ).save_pretrained(directory)
    torch.manual_seed(3)
    size = tokenizer.get_vocab_size()
    config = Qwen3Config(
        vocab_size=size, num_key_value_heads=1, head_dim=8, pad_token_id=0, initializer_range=0.5, **SIZES
    )
    Qwen3Model(config).save_pretrained(directory)
    return directory


def sentence_transformer(
    encoder: Path,
    directory: Path,
    *,
    pooling: str,
    normalize: bool,
    max_tokens: int | None = None,
    lowercase: bool = False,
    prompts: dict[str, str] | None = None,
    default_prompt_name: str | None = None,
) -> Path:
    """Save an encoder as a sentence-transformers model with the settings given."""
    transformer = Transformer(str(encoder), max_seq_length=max_tokens, do_lower_case=lowercase)
    modules = [transformer, Pooling(DIMENSIONS, pooling), *([Normalize()] if normalize else [])]
    model = SentenceTransformer(modules=modules, device="cpu", prompts=prompts, default_prompt_name=default_prompt_name)
    model.save(str(directory), create_model_card=False)
    return directory
