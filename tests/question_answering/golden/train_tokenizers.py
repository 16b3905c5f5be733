"""Trains the tiny tokenizers on the golden texts: `python -m tests.question_answering.golden.train_tokenizers`.

The files are committed: a trainer's result is its own version's.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

FOLDER = Path(__file__).parent
BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ALBERT_SPECIAL = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def corpus() -> Iterator[str]:
    """All texts and questions."""
    for text in json.loads((FOLDER / "texts.json").read_text(encoding="utf-8")):
        yield from (text["context"], *text["questions"])


def bert_template(tokenizer: Tokenizer) -> Any:
    return processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )


def wordpiece() -> Tokenizer:
    """As BERT uncased."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=1100, limit_alphabet=450, special_tokens=BERT_SPECIAL, show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = bert_template(tokenizer)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram(special: list[str], normalizer: Any) -> Tokenizer:
    """As sentencepiece models are converted."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(vocab_size=1000, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def xlm_roberta() -> Tokenizer:
    tokenizer = unigram(ROBERTA_SPECIAL, normalizers.NFKC())
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")],
    )
    return tokenizer


def albert() -> Tokenizer:
    steps = [
        normalizers.Replace("``", '"'),
        normalizers.NFKD(),
        normalizers.StripAccents(),
        normalizers.Lowercase(),
        normalizers.Replace(Regex(" {2,}"), " "),
    ]
    tokenizer = unigram(ALBERT_SPECIAL, normalizers.Sequence(steps))
    tokenizer.post_processor = bert_template(tokenizer)
    return tokenizer


def byte_bpe() -> Tokenizer:
    """As RoBERTa."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=ROBERTA_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    sep, cls = ((token, ROBERTA_SPECIAL.index(token)) for token in ("</s>", "<s>"))
    tokenizer.post_processor = processors.RobertaProcessing(sep, cls, trim_offsets=True, add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def main() -> None:
    """Write the four files, compactly."""
    makers = {"wordpiece": wordpiece, "unigram": xlm_roberta, "unigram-lower": albert, "byte-bpe": byte_bpe}
    (FOLDER / "tokenizers").mkdir(exist_ok=True)
    for name, make in makers.items():
        content = json.loads(make().to_str())
        vocabulary = content["model"]["vocab"]
        if isinstance(vocabulary, list):
            content["model"]["vocab"] = [[piece, round(score, 3)] for piece, score in vocabulary]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (FOLDER / "tokenizers" / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
