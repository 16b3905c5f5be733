"""An encoder whose network knows each token by itself: a token's label and its probability are given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from services.token_classification.model import Model
from shared.encoder import Encoder
from shared.encoder.batches import Feeds
from tests.shared.manifests import UNBUILT

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
Choice = tuple[str, float]


def word_pieces(words: Sequence[str]) -> Tokenizer:
    """A cased WordPiece tokenizer over a few words and every letter that they hold."""
    letters = sorted({letter for word in words for letter in word})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys([*words, *letters])]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


class ByToken:
    """A network that gives a token the label chosen for it, whatever stands beside it; `O` to all others.

    In a window that begins with one of the tokens of `blind`, it sees nothing.
    """

    def __init__(self, choices: Mapping[int, Choice], blind: frozenset[int] = frozenset()) -> None:
        self._choices = choices
        self._blind = blind
        self.rows: list[list[int]] = []

    def run(self, feeds: Feeds) -> Iterator[list[NDArray[np.float32]]]:
        for feed in feeds:
            self.rows += feed["input_ids"].tolist()
            yield [np.array([self._row(ids) for ids in feed["input_ids"].tolist()], dtype=np.float32)]

    def _row(self, ids: list[int]) -> list[list[float]]:
        return [self._logits(token, ids[1] in self._blind) for token in ids]

    def _logits(self, token: int, blind: bool) -> list[float]:
        label, probability = ("O", 0.9) if blind else self._choices.get(token, ("O", 0.9))
        others = (1 - probability) / (len(LABELS) - 1)
        return [float(np.log(probability if name == label else others)) for name in LABELS]


def model(
    choices: Mapping[str, Choice], *, words: Sequence[str], max_tokens: int = 64, blind: Sequence[str] = ()
) -> tuple[Model, ByToken]:
    """A model whose tokens have the labels of `choices`, by their string; and its network."""
    tokenizer = word_pieces(words)
    numbers = tokenizer.get_vocab()
    by_number = {numbers[string]: choice for string, choice in choices.items()}
    network = ByToken(by_number, frozenset(numbers[string] for string in blind))
    manifest = replace(
        UNBUILT,
        service="token_classification",
        max_tokens=max_tokens,
        outputs={"logits": "token"},
        config={"labels": LABELS, "subword_prefix": "##", "unknown_token_id": 1},
    )
    return Model(Encoder(tokenizer, network, manifest), manifest), network


def find(found: Model, text: str, **options: Any) -> list[dict[str, Any]]:
    """The entities of one text."""
    entities: list[dict[str, Any]] = found.infer({"text": [text], **options}).result["results"][0]["entities"]
    return entities
