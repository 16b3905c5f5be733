"""A vocabulary of SentencePiece's: from its own file to `tokenizer.json`, and back to its own library for serving."""

import json
import shutil
from collections.abc import Iterator
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer

from models.pieces import compact
from models.texts import pairs
from models.tokenizer import write_tokenizer
from services.question_answering.passage import Passage
from shared.encoder import SpecialTokens
from shared.encoder.sentence_pieces import FRAME, VOCABULARY
from shared.encoder.tokenizer import open_tokenizer
from tests.question_answering.golden.tiny import tokenizer_file

pytestmark = pytest.mark.torch

TEXTS = [text for paragraph in pairs() for text in paragraph.texts]
# Words of all scripts, spaces of several kinds, and letters that the vocabulary does not know.
# Not numbers: "00" and "0" add up to the same score in either order, and rounding decides.
WORDS = {word for text in TEXTS for word in text.split() if not any(map(str.isdigit, word))}
UNKNOWN = 3
PARTS = [*sorted(WORDS), *" \t\n\u00a0\u2003\u3000\u2581\x0b\x1c\u200b☃𓀀é½"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As XLM-R's are published: with SentencePiece's file and no other."""
    folder = tmp_path_factory.mktemp("checkpoint")
    with (folder / "sentencepiece.bpe.model").open("wb") as file:
        SentencePieceTrainer.train(
            sentence_iterator=iter(TEXTS), model_writer=file, vocab_size=3000, hard_vocab_limit=False, minloglevel=2
        )
    (folder / "config.json").write_text(json.dumps({"model_type": "xlm-roberta"}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))
    return folder


@pytest.fixture(scope="module")
def converted(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkpoint's `tokenizer.json`."""
    folder = tmp_path_factory.mktemp("converted")
    assert write_tokenizer(checkpoint, folder)["converted"]
    return folder


@pytest.fixture(scope="module")
def compacted(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compacted") / "artifact"
    shutil.copytree(converted, folder)
    assert compact(folder, TEXTS) == VOCABULARY
    return folder


class Pair:
    """The tokenizer by either library. Their own representations are a whole vocabulary long."""

    def __init__(self, theirs: Any, ours: Any) -> None:
        self.theirs = theirs
        self.ours = ours

    def __iter__(self) -> Iterator[Any]:
        return iter((self.theirs, self.ours))


@pytest.fixture(scope="module")
def both(converted: Path, compacted: Path) -> Pair:
    return Pair(open_tokenizer(converted), open_tokenizer(compacted))


def test_it_takes_the_place_of_tokenizer_json(compacted: Path) -> None:
    assert {path.name for path in compacted.iterdir()} == {VOCABULARY, FRAME}


def test_a_checkpoint_with_sentencepieces_file_alone_is_converted(converted: Path) -> None:
    tokenizer = Tokenizer.from_file(str(converted / "tokenizer.json"))
    assert [tokenizer.token_to_id(token) for token in ("<s>", "<pad>", "</s>", "<unk>")] == [0, 1, 2, 3]
    assert tokenizer.encode("Who?", "Ada.").ids.count(2) == 3


@settings(derandomize=True)  # two pieces may still add up alike
@given(parts=st.lists(st.sampled_from(PARTS)))
def test_any_text_is_the_same_tokens(both: Pair, parts: list[str]) -> None:
    theirs, ours = (tokenizer.encode("a", "".join(parts)) for tokenizer in both)
    assert ours.ids == theirs.ids
    assert ours.type_ids == theirs.type_ids
    assert ours.word_ids == theirs.word_ids
    assert ours.sequence_ids == theirs.sequence_ids
    assert ours.special_tokens_mask == theirs.special_tokens_mask


@given(text=st.sampled_from(TEXTS), cut=st.integers(0, 300))
def test_tokens_stand_where_they_stood(both: Pair, text: str, cut: int) -> None:
    theirs, ours = (tokenizer.encode(text[cut:]) for tokenizer in both)
    assert ours.offsets == theirs.offsets


def test_known_tokens_have_the_same_strings(both: Pair) -> None:
    for text in TEXTS[::20]:
        theirs, ours = (tokenizer.encode(text) for tokenizer in both)
        known = [token != UNKNOWN for token in theirs.ids]
        assert list(compress(ours.tokens, known)) == list(compress(theirs.tokens, known))


def test_a_long_text_is_segmented_as_its_words_are(both: Pair) -> None:
    text = " ".join(TEXTS) * 2
    assert len(text) > 100_000
    theirs, ours = (tokenizer.encode(text, add_special_tokens=False) for tokenizer in both)
    assert ours.ids == theirs.ids
    assert ours.offsets == theirs.offsets


def test_special_tokens_named_in_a_text_are_those_tokens(both: Pair) -> None:
    theirs, ours = (tokenizer.encode("a<s>b </s><mask>c", add_special_tokens=False) for tokenizer in both)
    assert ours.ids == theirs.ids
    assert ours.offsets == theirs.offsets
    assert {0, 2} < set(ours.ids)


def test_special_tokens_and_batches_are_the_same(both: Pair) -> None:
    theirs, ours = both
    assert str(SpecialTokens.of(ours)) == str(SpecialTokens.of(theirs))
    assert [e.ids for e in ours.encode_batch_fast(TEXTS[:5])] == [e.ids for e in theirs.encode_batch_fast(TEXTS[:5])]


def test_answers_begin_and_end_at_the_same_characters(both: Pair) -> None:
    for text in TEXTS[::20]:
        encodings = (tokenizer.encode(text, add_special_tokens=False) for tokenizer in both)
        theirs, ours = (Passage.of(text, encoding, align_to_words=True) for encoding in encodings)
        for name in ("ids", "start_chars", "end_chars"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_a_model_that_lower_cases_does_so_with_both(converted: Path, compacted: Path) -> None:
    theirs, ours = (open_tokenizer(folder, lowercase=True) for folder in (converted, compacted))
    for text in ("ADA Lovelace", "İstanbul ΣΑΣ ẞ", *(text.upper() for text in TEXTS[::20])):
        assert ours.encode(text).ids == theirs.encode(text).ids
    assert ours.encode("ADA").ids == ours.encode("ada").ids


BYTES = {"type": "Unigram", "unk_id": 3, "byte_fallback": True, "vocab": []}
# What is changed of `tokenizer.json`, and what is said of it.
REFUSALS = [
    pytest.param({"normalizer": {"type": "NFKC"}}, "its normalizer is not SentencePiece's", id="normalizer"),
    pytest.param({"pre_tokenizer": {"type": "Whitespace"}}, "its pre-tokenizer is Whitespace", id="words"),
    pytest.param({"post_processor": None}, "its special tokens come from no template", id="template"),
    pytest.param({"model": BYTES}, "its model is Unigram with bytes for unknown letters", id="bytes"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSALS)
def test_what_sentencepiece_has_not_stays_as_it_is(
    converted: Path, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    content = json.loads((converted / "tokenizer.json").read_text(encoding="utf-8"))
    (tmp_path / "tokenizer.json").write_text(json.dumps({**content, **change}))
    assert compact(tmp_path, TEXTS) == f"tokenizer.json: {reason}"
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


@pytest.mark.parametrize("family", ["bert", "xlm-roberta", "roberta"])
def test_other_vocabularies_stay_as_they_are(tmp_path: Path, family: str) -> None:
    shutil.copy(tokenizer_file(family), tmp_path / "tokenizer.json")
    assert compact(tmp_path, TEXTS).startswith("tokenizer.json: its ")
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


def test_a_vocabulary_that_is_read_otherwise_stays_as_it_is(converted: Path, tmp_path: Path) -> None:
    content = json.loads((converted / "tokenizer.json").read_text(encoding="utf-8"))
    for token in content["added_tokens"]:
        token["single_word"] = True  # SentencePieces looks for them everywhere
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert compact(tmp_path, TEXTS) == "tokenizer.json: SentencePiece reads 'a<s>b <s> c' as other tokens"
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


def test_a_vocabulary_that_sentencepiece_refuses_stays_as_it_is(converted: Path, tmp_path: Path) -> None:
    content = json.loads((converted / "tokenizer.json").read_text(encoding="utf-8"))
    content["model"]["vocab"][10] = content["model"]["vocab"][11]
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert "SentencePiece refuses its vocabulary" in compact(tmp_path, TEXTS)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


@pytest.mark.parametrize("skip", [True, False])
def test_ids_become_text_as_tokenizers_writes_it(converted: Path, compacted: Path, skip: bool) -> None:
    theirs, ours = open_tokenizer(converted), open_tokenizer(compacted)
    for text in TEXTS[:20]:
        ids = theirs.encode(text).ids
        # Where special tokens stay, spaces beside them are the libraries' own.
        written = [one.decode(ids, skip_special_tokens=skip).replace(" ", "") for one in (theirs, ours)]
        assert written[0] == written[1]
    assert ours.decode([10**9, -1]) == ""
    assert ours.get_vocab_size() == theirs.get_vocab_size()
