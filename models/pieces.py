"""A Unigram `tokenizer.json` as SentencePiece's own files, where both read alike: they take less memory and time."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from models.tokenizer import FILE_NAME, messages
from services.sentence_pieces import FRAME, VOCABULARY, SentencePieces

# Read besides the shipped texts before a vocabulary is trusted: spaces of all kinds, letters that no vocabulary knows,
# what normalisation widens, joins or removes, a long word, and nothing. No long run of a letter or a zero: its pieces
# add up to the same score in any order, and which one wins is a matter of rounding.
PROBES = (
    "",
    " ",
    "\t two\n lines  and\u00a0\u3000spaces \u2003 ",
    "e\u0301 \uff21\uff22\uff23 \ufb01ne \u00bd \u2460 \u3392 \u00b4 \u00a8x",
    "\u0000a\u0001b \u001c c\u00ad d\u200be \u200f f\ufeffg \ufffd",
    "\U0001f600\U0001f1e9\U0001f1ea x\U0001f468\u200d\U0001f469\u200d\U0001f467y \U00013000\U00013001 \ue000",
    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u6771\u4eac\u90fd \ud55c\uad6d\uc5b4 \u0627\u0644\u0639\u0631\u0628",
    "Donaudampfschifffahrtselektrizit\u00e4tenhauptbetriebswerkbauunterbeamtengesellschaft 3.14159265358979",
)

TOKENS = ("ids", "type_ids", "word_ids", "sequence_ids", "special_tokens_mask")


def compact(directory: Path, texts: Iterable[str]) -> str:
    """Put SentencePiece's files in the place of `tokenizer.json` in `directory`; returns what was done.

    Only for a tokenizer built like XLM-R's, and only if both read the texts and `PROBES` alike, token by token.
    """
    path = directory / FILE_NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    reason = _foreign(content)
    if not reason:
        _write(content, directory)
        try:
            ours = SentencePieces(directory)
        except RuntimeError as error:  # a piece that is empty, or there twice
            reason = f"SentencePiece refuses its vocabulary ({error})"
        else:
            named = [f"a{token['content']}b {token['content']} c" for token in content["added_tokens"]]
            reason = _difference(Tokenizer.from_file(str(path)), ours, (*PROBES, *named), texts)
        for name in (VOCABULARY, FRAME) if reason else (FILE_NAME,):
            (directory / name).unlink()
    return f"{FILE_NAME}: {reason}" if reason else VOCABULARY


def _foreign(content: dict[str, Any]) -> str:
    """What of a tokenizer SentencePiece has not, or nothing."""
    model, splitter = content["model"], content["pre_tokenizer"] or {}
    if model["type"] != "Unigram" or model.get("byte_fallback"):
        return f"its model is {model['type']}" + " with bytes for unknown letters" * bool(model.get("byte_fallback"))
    if model.get("unk_id") is None:
        return "it has no token for unknown letters"
    if (content["normalizer"] or {}).get("type") != "Precompiled":
        return "its normalizer is not SentencePiece's"
    steps = [step.get("type") for step in splitter.get("pretokenizers", [splitter])]
    if steps != ["WhitespaceSplit", "Metaspace"]:
        return f"its pre-tokenizer is {' and '.join(map(str, steps))}"
    if (content["post_processor"] or {}).get("type") != "TemplateProcessing" or not content["added_tokens"]:
        return "its special tokens come from no template"
    return ""


def _write(content: dict[str, Any], directory: Path) -> None:
    """Both files. Added tokens become control pieces, which are found in no text: the service looks for them itself."""
    pb = messages()
    added = {token["id"] for token in content["added_tokens"]}
    model, unknown = pb.ModelProto(), content["model"]["unk_id"]
    kinds = pb.ModelProto.SentencePiece
    for number, (piece, score) in enumerate(content["model"]["vocab"]):
        kind = kinds.UNKNOWN if number == unknown else kinds.CONTROL if number in added else kinds.NORMAL
        model.pieces.add(piece=piece, score=score, type=kind)
    model.trainer_spec.model_type = pb.TrainerSpec.UNIGRAM
    model.trainer_spec.unk_id = unknown
    model.normalizer_spec.precompiled_charsmap = base64.b64decode(content["normalizer"]["precompiled_charsmap"])
    (directory / VOCABULARY).write_bytes(model.SerializeToString())
    frame = {name: content[name] for name in ("added_tokens", "post_processor")}
    (directory / FRAME).write_text(json.dumps(frame, ensure_ascii=False), encoding="utf-8")


def _difference(theirs: Tokenizer, ours: SentencePieces, probes: Iterable[str], texts: Iterable[str]) -> str:
    """The first text that the two read differently, or nothing.

    Of the probes not where tokens stand in them: what normalisation joins to a letter belongs to its token by
    SentencePiece's count only.
    """
    for text in probes:
        if _facts(theirs, text, TOKENS) != _facts(ours, text, TOKENS):
            return f"SentencePiece reads {text!r} as other tokens"
    for text in texts:
        if _facts(theirs, text, (*TOKENS, "offsets")) != _facts(ours, text, (*TOKENS, "offsets")):
            return f"SentencePiece reads {text!r} differently"
    return ""


def _facts(tokenizer: Any, text: str, names: Iterable[str]) -> list[list[Any]]:
    """What `names` of its encoding say of a text, alone and as the second of two."""
    return [[getattr(e, name) for name in names] for e in (tokenizer.encode(text), tokenizer.encode("a", text))]
