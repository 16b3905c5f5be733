"""What services share to open an onnx artifact."""

from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers

from services.session import open_tokenizer


def test_a_tokenizer_is_opened_without_the_cutting_and_padding_baked_into_it(tmp_path: Path) -> None:
    baked = Tokenizer(models.WordLevel({"a": 0, "[PAD]": 1}, unk_token="a"))
    baked.pre_tokenizer = pre_tokenizers.Whitespace()
    baked.enable_truncation(2)
    baked.enable_padding(length=2, pad_id=1, pad_token="[PAD]")
    baked.save(str(tmp_path / "tokenizer.json"))
    tokenizer = open_tokenizer(tmp_path)
    assert tokenizer.encode("a").ids == [0]
    assert tokenizer.encode("a a a").ids == [0, 0, 0]
