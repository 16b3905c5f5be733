"""The special tokens around one text and around two, held against what the tokenizers themselves write."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, processors

from shared.encoder import SpecialTokens, Tokens
from shared.encoder.tokens import Ints
from tests.encoder.fakes import TOKENIZERS, letters, tokenizer

# Their networks tell the texts of a pair apart by token types.
TYPED = {"wordpiece", "unigram-lower"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NO_IDS = np.array([], dtype=np.int64)


def ids(name: str, text: str) -> Ints:
    return np.array(tokenizer(name).encode(text, add_special_tokens=False).ids, dtype=np.int64)


def listed(tokens: Tokens) -> tuple[list[int], list[int]]:
    assert tokens.ids.dtype == tokens.types.dtype == np.int64
    return tokens.ids.tolist(), tokens.types.tolist()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TOKENIZERS), TEXTS)
def test_a_text_is_the_sequence_that_its_tokenizer_writes(name: str, text: str) -> None:
    own = tokenizer(name).encode(text)
    assert listed(SpecialTokens.of(tokenizer(name)).single(ids(name, text))) == (own.ids, own.type_ids)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TOKENIZERS), TEXTS, TEXTS)
def test_a_pair_is_the_sequence_that_its_tokenizer_writes(name: str, first: str, second: str) -> None:
    own = tokenizer(name).encode(first, second)
    special = SpecialTokens.of(tokenizer(name))
    one, two = ids(name, first), ids(name, second)
    assert listed(special.pair(one, two)) == (own.ids, own.type_ids)
    assert special.pair(one, two).ids[special.second_start(one) :][: len(two)].tolist() == two.tolist()


@pytest.mark.parametrize("name", TOKENIZERS)
def test_special_tokens_are_counted(name: str) -> None:
    special, own = SpecialTokens.of(tokenizer(name)), tokenizer(name)
    assert special.single_length == len(own.encode("").ids) == len(special.single(NO_IDS))
    assert special.pair_length == len(own.encode("", "").ids) == len(special.pair(NO_IDS, NO_IDS))


@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_second_text_has_a_type_of_its_own_where_the_model_tells_texts_apart(name: str) -> None:
    special = SpecialTokens.of(tokenizer(name))
    assert special.pair_types == ((0, 0, 0, 1, 1) if name in TYPED else (0, 0, 0, 0, 0))
    assert special.single_type == 0


def test_a_tokenizer_may_write_nothing_before_a_text_and_nothing_between_two() -> None:
    own = letters("<end>")
    own.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 3)])
    special = SpecialTokens.of(own)
    assert (special.before.tolist(), special.after.tolist(), special.single_length) == ([], [3], 1)
    assert listed(special.single(np.array([0, 1]))) == (own.encode("a b").ids, [0, 0, 0])
    assert (special.between.tolist(), special.pair_length) == ([], 0)
    assert listed(special.pair(np.array([0]), np.array([1, 2]))) == ([0, 1, 2], own.encode("a", "b c").type_ids)


def test_a_tokenizer_without_special_tokens_has_none() -> None:
    special = SpecialTokens.of(letters())
    assert (special.single_length, special.pair_length) == (0, 0)
    assert listed(special.single(np.array([0, 1]))) == ([0, 1], [0, 0])
    assert len(special.single(NO_IDS)) == 0


def test_the_types_of_every_part_of_a_pair_are_kept() -> None:
    own = letters("<s>", "</s>")
    own.post_processor = processors.TemplateProcessing(
        single="<s>:4 $A:4 </s>:4",
        pair="<s>:4 $A:1 </s>:2 $B:3 </s>:5",
        special_tokens=[("<s>", 3), ("</s>", 4)],
    )
    special = SpecialTokens.of(own)
    assert listed(special.single(np.array([0]))) == ([3, 0, 4], [4, 4, 4])
    assert listed(special.pair(np.array([0, 0]), np.array([1]))) == ([3, 0, 0, 4, 1, 4], [4, 1, 1, 2, 3, 5])


def test_a_vocabulary_that_reads_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="its vocabulary is damaged"):
        SpecialTokens.of(Tokenizer(models.BPE({"x": 0}, [])))
