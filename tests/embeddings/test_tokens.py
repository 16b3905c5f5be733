"""What an embeddings model does with token ids, and what its tokenizer makes of texts, over a tiny real tokenizer."""

import json
from typing import Any

import numpy as np
import pytest

from services.embeddings.model import decode_vectors
from shared.errors import InvalidRequest
from tests.embeddings.fakes import model
from tests.encoder.fakes import TOKENIZERS, encoder, tokenizer, vocabulary


def ask(operation: str, *texts: Any, **options: Any) -> Any:
    return model().infer({"operation": operation, "input": list(texts), **options}).result["texts"]


def test_ids_of_a_text_and_its_special_tokens_give_the_texts_own_vector() -> None:
    ids = tokenizer().encode("paris light").ids
    vectors = decode_vectors(model().infer({"input": [json.dumps(ids), '"paris light"'], "is_json": True}).result)
    assert np.array_equal(vectors[0], vectors[1])
    without = decode_vectors(model().infer({"input": [json.dumps(ids[1:-1])], "is_json": True}).result)
    assert not np.array_equal(vectors[0], without[0])


def test_too_many_ids_are_cut_or_refused() -> None:
    ids = json.dumps(tokenizer().encode("paris light the who the light paris").ids)
    inference = model().infer({"input": [ids], "is_json": True})
    assert (inference.tokens, inference.truncated) == (8, 1)
    with pytest.raises(InvalidRequest, match="is 9 tokens long and the model reads 8"):
        model().infer({"input": [ids], "is_json": True, "truncate": False})


@pytest.mark.parametrize("item", ["[99999]", "[-1]", "[]", '""', "[1.5]", "[true]", "{}", "no json", "7"])
def test_what_is_no_text_and_no_ids_of_the_vocabulary_is_refused(item: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        model().infer({"input": ['"paris"', item], "is_json": True})
    assert raised.value.message.startswith("'input[1]' ")


def test_offsets_of_tokens_are_bytes_of_utf_8_and_special_tokens_have_none() -> None:
    text = "wörld 🌉 paris"
    first, *words, last = json.loads(ask("tokenize", text)[0])
    assert (first["text"], first["special"], first["start"], first["stop"]) == ("[CLS]", True, None, None)
    assert (last["text"], last["special"]) == ("[SEP]", True)
    for word in words:
        assert text.encode()[word["start"] : word["stop"]].decode() == word["text"]
        assert not word["special"]
    assert words[-1]["text"] == "paris"
    assert json.loads(ask("tokenize", text, special_tokens=False)[0]) == words


def test_a_long_text_is_tokenized_whole() -> None:
    assert len(json.loads(ask("tokenize", "paris " * 50)[0])) == 52


def test_ids_become_the_text_with_special_tokens_or_without() -> None:
    ids = tokenizer().encode("paris light").ids
    assert ask("decode", json.dumps(ids), is_json=True, special_tokens=False) == ["paris light"]
    assert ask("decode", json.dumps(ids), is_json=True) == ["[CLS] paris light [SEP]"]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_every_kind_of_tokenizer_reads_and_writes(name: str) -> None:
    made = encoder(lambda feed: [], name=name, outputs={})
    read = made.read("paris light", special_tokens=True)
    assert made.vocabulary == len(vocabulary(name)) or made.vocabulary > max(read.ids)
    assert "paris" in made.decode(read.ids, skip_special_tokens=True)
