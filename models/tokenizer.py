"""Writes an artifact's `tokenizer.json`: the checkpoint's own, neither truncating nor padding."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from tokenizers import Tokenizer

FILE_NAME = "tokenizer.json"


def write_tokenizer(checkpoint: Path, directory: Path) -> dict[str, Any]:
    """Write the checkpoint's fast tokenizer into `directory`; return what was changed.

    A tokenizer's own settings (all-MiniLM-L6-v2: truncation to 128, padding to 128) would cut and pad every request
    silently; the tasks do both themselves, and report it. A checkpoint with only a vocabulary or SentencePiece model
    is converted by transformers.
    """
    stored = checkpoint / FILE_NAME
    tokenizer = Tokenizer.from_file(str(stored)) if stored.is_file() else _convert(checkpoint)
    found = {"truncation": tokenizer.truncation, "padding": tokenizer.padding}
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(directory / FILE_NAME), pretty=False)
    return {"converted": not stored.is_file(), "reset": {key: value for key, value in found.items() if value}}


def _convert(checkpoint: Path) -> Tokenizer:
    from transformers import AutoTokenizer  # slow to import, and rarely needed

    sentencepiece_messages()
    return AutoTokenizer.from_pretrained(os.fspath(checkpoint), use_fast=True).backend_tokenizer


def sentencepiece_messages() -> ModuleType:
    """Return the protobuf classes of SentencePiece's files.

    SentencePiece 0.2.3 has classes for protobuf 7, which Pulumi does not allow. Transformers would import those and
    then read no SentencePiece file, so it is made to use its own, which are for an earlier protobuf.
    """
    from transformers.utils import sentencepiece_model_pb2_new as found  # slow to import, and rarely needed

    sys.modules.setdefault("sentencepiece.sentencepiece_model_pb2", found)
    return found
