"""Checkpoints of shapes whose weights this repository does not ship: `python -m benchmarks.checkpoints`.

The architectures of MobileBERT and of XLM-R large with random weights, and a vocabulary of the same size. Speed, memory
and loading are real, answers are not. An existing checkpoint is left as it is.
"""

import io
import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModelForQuestionAnswering
from transformers.utils import logging

from benchmarks.results import ROOT
from models.progress import bar, say
from models.texts import pairs
from models.tokenizer import sentencepiece_messages

FOLDER = ROOT / "build" / "checkpoints"
READER = ROOT / "models" / "embedded" / "reader"
SEED = 20261121
_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An architecture by its configuration (as published), and who makes its tokenizer."""

    kind: str
    config: dict[str, Any]
    tokenizer: Callable[[Path, int], None]


def _wordpiece(directory: Path, _: int) -> None:
    """The vocabulary of BERT uncased, which MobileBERT shares with the embedded reader."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(READER / name, directory / name)


def _unigram(directory: Path, size: int) -> None:
    """A Unigram vocabulary of `size` pieces: those that the shipped texts are made of, filled up with made-up ones.

    Normalised and split as XLM-R's.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Precompiled(_normalisation())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=16_000, special_tokens=_SPECIAL, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, _SPECIAL.index(token)) for token in ("<s>", "</s>")],
    )
    content = json.loads(tokenizer.to_str())
    vocabulary = content["model"]["vocab"]
    known = {piece for piece, _ in vocabulary}
    lowest = min(score for _, score in vocabulary)
    new = (piece for piece in _made_up() if piece not in known and not known.add(piece))  # type: ignore[func-returns-value]
    vocabulary += [[piece, lowest - 1] for piece in itertools.islice(new, size - len(vocabulary))]
    (directory / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    names = dict(zip(("cls_token", "pad_token", "sep_token", "unk_token", "mask_token"), _SPECIAL, strict=True))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, **names}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def _texts() -> Iterator[str]:
    return (text for paragraph in pairs() for text in paragraph.texts)


def _normalisation() -> bytes:
    """SentencePiece's table `nmt_nfkc`, which is XLM-R's too; every model that it trains carries it."""
    trained = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=_texts(), model_writer=trained, vocab_size=1000, hard_vocab_limit=False, minloglevel=2
    )
    table: bytes = (
        sentencepiece_messages().ModelProto.FromString(trained.getvalue()).normalizer_spec.precompiled_charsmap
    )
    return table


def _parts() -> list[str]:
    """Every part of two to sixteen characters of the shipped texts' words."""
    words = {f"▁{word}" for text in _texts() for word in text.split()}
    parts = {word[i:j] for word in words for i in range(len(word)) for j in range(i + 2, min(len(word), i + 16) + 1)}
    return sorted(parts)


def _made_up() -> Iterator[str]:
    """The parts of words, then two together: they begin alike, as the pieces of a vocabulary do."""
    parts = _parts()
    yield from parts
    source = random.Random(SEED)
    short = [part for part in parts if len(part) <= 4 and not part.startswith("▁")]
    while True:
        yield source.choice(parts)[:5] + source.choice(short)


SHAPES = {
    "mobilebert": Shape(kind="mobilebert", config={}, tokenizer=_wordpiece),
    "xlm-roberta-large": Shape(
        kind="xlm-roberta",
        config={
            "vocab_size": 250_002,
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "pad_token_id": 1,
            "layer_norm_eps": 1e-5,
        },
        tokenizer=_unigram,
    ),
}


def write(name: str, directory: Path) -> Path:
    """Write the checkpoint of that name into `directory`, whole or not at all, unless it is there; returns it."""
    if directory.exists():
        return directory
    shape = SHAPES[name]
    scratch = directory.with_name(f"{directory.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    torch.manual_seed(SEED)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    config = AutoConfig.for_model(shape.kind, **shape.config)
    network: Any = AutoModelForQuestionAnswering.from_config(config)  # type: ignore[no-untyped-call]
    network.save_pretrained(scratch)
    shape.tokenizer(scratch, config.vocab_size)
    scratch.rename(directory)
    say(f"{name}: random weights, {sum(p.numel() for p in network.parameters()) / 1e6:.0f} million parameters")
    return directory


if __name__ == "__main__":
    for shape_name in bar(SHAPES, "checkpoints"):
        write(shape_name, FOLDER / shape_name)
