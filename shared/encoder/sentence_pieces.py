"""A Unigram tokenizer on SentencePiece's library, which takes less memory and time to load than `tokenizers`: much less
for XLM-R's 250,000 pieces.

`models.pieces` writes its files, where both were seen to read alike. They may still differ in letters that `tokenizers`
drops after a ligature, and in pieces that add up to the same score in any order.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sentencepiece import SentencePieceProcessor

VOCABULARY = "sentencepiece.model"
# What `tokenizer.json` says besides its vocabulary: its `added_tokens` and its `post_processor`, as they stand there.
FRAME = "sentencepiece.json"

SPACE = "\u2581"
# Unicode's White_Space. Not the vertical tab, nor what else Python's `\s` has: XLM-R's normalisation takes those out of
# a word.
_WORDS = re.compile("[^\t\n\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u2581]+")


@dataclass(kw_only=True)
class Encoding:
    """What the services use of `tokenizers.Encoding`, one entry a token; offsets are in code points.

    An unknown token's string is its text.
    """

    ids: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    type_ids: list[int] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)
    word_ids: list[int | None] = field(default_factory=list)
    sequence_ids: list[int | None] = field(default_factory=list)
    special_tokens_mask: list[int] = field(default_factory=list)

    def add(
        self, number: int, token: str, offsets: tuple[int, int], word: int | None, sequence: int | None, kind: int
    ) -> None:
        """Add one token, by its id and its string; one that stands in no sequence is a special token."""
        self.ids.append(number)
        self.tokens.append(token)
        self.type_ids.append(kind)
        self.offsets.append(offsets)
        self.word_ids.append(word)
        self.sequence_ids.append(sequence)
        self.special_tokens_mask.append(int(sequence is None))


class SentencePieces:
    """The tokenizer in `directory`. What is used of `tokenizers.Tokenizer`; it neither truncates nor pads.

    Words are segmented one by one: over a long text the sums of SentencePiece's single-precision scores would lose the
    digits that tell two segmentations apart.
    """

    def __init__(self, directory: Path, *, lowercase: bool = False) -> None:
        self._pieces = SentencePieceProcessor(model_file=str(directory / VOCABULARY))
        frame = json.loads((directory / FRAME).read_text(encoding="utf-8"))
        self._template = frame["post_processor"]
        self._added: dict[str, int] = {token["content"]: token["id"] for token in frame["added_tokens"]}
        longest_first = sorted(self._added, key=len, reverse=True)
        self._added_tokens = re.compile(f"({'|'.join(map(re.escape, longest_first))})")
        self._lowercase = lowercase

    def encode(self, sequence: str, pair: str | None = None, *, add_special_tokens: bool = True) -> Encoding:
        """Read a text of any length, or two, between the special tokens that the model wants.

        Where it lower-cases, offsets are into the lower-cased text.
        """
        texts = {"A": sequence} if pair is None else {"A": sequence, "B": pair}
        found = Encoding()
        for part in self._template["single" if pair is None else "pair"]:
            ((kind, value),) = part.items()
            if kind == "Sequence":
                self._read(texts[value["id"]], found, ord(value["id"]) - ord("A"), value["type_id"])
            elif add_special_tokens:
                special = self._template["special_tokens"][value["id"]]
                for number, token in zip(special["ids"], special["tokens"], strict=True):
                    found.add(number, token, (0, 0), None, None, value["type_id"])
        return found

    def encode_batch_fast(self, input: Sequence[str], *, add_special_tokens: bool = True) -> list[Encoding]:
        """Read texts one after the other."""
        return [self.encode(text, add_special_tokens=add_special_tokens) for text in input]

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """Return the text of ids; the model's added tokens by name, unless they are left out."""
        names = {number: name for name, number in self._added.items()}
        parts: list[str] = []
        plain: list[int] = []
        for number in (*ids, None):
            if number is not None and number not in names:
                plain += [number] if 0 <= number < self._pieces.vocab_size() else []
                continue
            parts.append(self._pieces.decode(plain))
            plain = []
            if number is not None and not skip_special_tokens:
                parts.append(names[number])
        return " ".join(filter(None, parts))

    def get_vocab_size(self) -> int:
        """Return the number of ids, added tokens included."""
        return max(self._pieces.vocab_size(), *(number + 1 for number in self._added.values()))

    def _read(self, text: str, found: Encoding, sequence: int, kind: int) -> None:
        """Add the tokens of a text, which may hold the model's added tokens by name, as `tokenizers` reads them."""
        begin = word = 0
        for part in self._added_tokens.split(text):
            end = begin + len(part)
            if part in self._added:
                found.add(self._added[part], part, (begin, end), word, sequence, kind)
                word += 1
            else:
                word = self._segment(part, begin, word, found, sequence, kind)
            begin = end

    def _segment(self, text: str, begin: int, word: int, found: Encoding, sequence: int, kind: int) -> int:
        """Add the tokens of a text that begins at `begin` with word number `word`; returns the next word's number."""
        if self._lowercase:  # each character on its own, as `tokenizers` does
            text = "".join(map(str.lower, text))
        words = [(match.start() + begin, match.group()) for match in _WORDS.finditer(text)]
        word -= 1
        for (start, _), read in zip(words, self._pieces.encode_as_offset_mapping([w for _, w in words]), strict=True):
            for number, piece, (first, last) in zip(read["ids"], read["pieces"], read["offsets"], strict=True):
                word += piece.startswith(SPACE)
                # The space put before a word, where it is a token of its own, stands for the word's first character.
                last = max(last, first + 1)
                found.add(number, piece, (start + first, start + last), word, sequence, kind)
        return word + 1
