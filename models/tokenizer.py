"""The artifact's `tokenizer.json`: the checkpoint's own, neither truncating nor padding."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from tokenizers import Tokenizer

FILE_NAME = "tokenizer.json"


def write_tokenizer(checkpoint: Path, directory: Path) -> dict[str, Any]:
    """Write the checkpoint's fast tokenizer into `directory`; returns what was changed.

    What a checkpoint bakes in (all-MiniLM-L6-v2: truncation to 128, padding to 128) would cut and pad every request in
    silence; the services do both themselves, and report it. A checkpoint with only a vocabulary or SentencePiece model
    is converted by transformers.
    """
    stored = checkpoint / FILE_NAME
    tokenizer = Tokenizer.from_file(str(stored)) if stored.is_file() else _converted(checkpoint)
    found = {"truncation": tokenizer.truncation, "padding": tokenizer.padding}
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(directory / FILE_NAME), pretty=False)
    return {"converted": not stored.is_file(), "reset": {key: value for key, value in found.items() if value}}


def _converted(checkpoint: Path) -> Tokenizer:
    from transformers import AutoTokenizer  # slow to import, and rarely needed

    messages()
    return AutoTokenizer.from_pretrained(os.fspath(checkpoint), use_fast=True).backend_tokenizer


def messages() -> ModuleType:
    """The classes of SentencePiece's files.

    Those that SentencePiece 0.2.3 carries want protobuf 7, which Pulumi does not allow, so that transformers would read
    no SentencePiece file: it is made to use those it carries itself, of an earlier protobuf.
    """
    from transformers.utils import sentencepiece_model_pb2_new as found  # slow to import, and rarely needed

    sys.modules.setdefault("sentencepiece.sentencepiece_model_pb2", found)
    return found
