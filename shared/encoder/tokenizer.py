"""Opens an artifact's tokenizer. It knows no network."""

from pathlib import Path

from shared.encoder.tokens import Tokenizer

SENTENCE_PIECES = "sentencepiece.model"


def open_tokenizer(directory: Path, *, lowercase: bool = False) -> Tokenizer:
    """Open the tokenizer in `directory`. It neither truncates nor pads: the task does, and says so.

    An artifact holds one of two kinds, and only that one's library is loaded. `lowercase` asks for lower-casing before
    all that the tokenizer's own files ask for.
    """
    if (directory / SENTENCE_PIECES).exists():
        from shared.encoder.sentence_pieces import SentencePieces

        return SentencePieces(directory, lowercase=lowercase)
    from tokenizers import Tokenizer as HuggingFaceTokenizer
    from tokenizers import normalizers

    tokenizer = HuggingFaceTokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if lowercase:
        own = [tokenizer.normalizer] if tokenizer.normalizer else []
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    return tokenizer
