"""A tokenizer is opened as the platform needs it, whatever its file asks for."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from shared.encoder.tokenizer import open_tokenizer


def baked() -> Tokenizer:
    """Return a tokenizer whose file asks for truncation and padding, and to read `ä` as `A`."""
    made = Tokenizer(models.WordLevel({"a": 0, "[PAD]": 1, "A": 2, "b": 3}, unk_token="b"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.normalizer = normalizers.Replace("ä", "A")
    made.enable_truncation(2)
    made.enable_padding(length=2, pad_id=1, pad_token="[PAD]")
    return made


def test_a_tokenizer_is_opened_without_the_cutting_and_padding_baked_into_it(tmp_path: Path) -> None:
    baked().save(str(tmp_path / "tokenizer.json"))
    tokenizer = open_tokenizer(tmp_path)
    assert tokenizer.encode("a").ids == [0]
    assert tokenizer.encode("a a a").ids == [0, 0, 0]
    assert tokenizer.encode("A ä").ids == [2, 2]


def test_lower_casing_comes_before_all_that_the_file_asks_for(tmp_path: Path) -> None:
    baked().save(str(tmp_path / "tokenizer.json"))
    tokenizer = open_tokenizer(tmp_path, lowercase=True)
    assert tokenizer.encode("A").ids == [0]
    assert tokenizer.encode("Ä").ids == [2]


def test_a_tokenizer_without_a_normalizer_is_lower_cased_too(tmp_path: Path) -> None:
    made = baked()
    made.normalizer = None
    made.save(str(tmp_path / "tokenizer.json"))
    assert open_tokenizer(tmp_path, lowercase=True).encode("A B").ids == [0, 3]


def test_a_folder_without_a_tokenizer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="No such file"):
        open_tokenizer(tmp_path)
