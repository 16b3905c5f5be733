"""Writes a Unigram `tokenizer.json` as SentencePiece's own files, which take less memory, where both read alike."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from models.tokenizer import FILE_NAME, sentencepiece_messages
from shared.encoder.sentence_pieces import FRAME, VOCABULARY, SentencePieces

# Texts that both must read alike, besides the shipped ones: spaces of all kinds, letters that no vocabulary knows,
# letters that normalisation widens, joins or removes, a long word, and no text. There is no long run of one letter: its
# pieces add up to the same score in any order, so that rounding decides which one wins.
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
    """Replace `tokenizer.json` in `directory` by SentencePiece's files, if it can be; return what was done.

    It can for a tokenizer built like XLM-R's, if both read the texts and `PROBES` alike, token by token.
    """
    path = directory / FILE_NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    reason = _why_not(content)
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


def _why_not(content: dict[str, Any]) -> str:
    """Return why SentencePiece cannot replace a tokenizer, or an empty text."""
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
    """Write both files. Added tokens become control pieces, which SentencePiece finds in no text: the encoder does."""
    pb = sentencepiece_messages()
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
    """Return a sentence on the first text that the two read differently, or an empty text.

    Offsets are not compared in the probes: SentencePiece alone counts what normalisation joins to a letter as a part of
    its token.
    """
    for text in probes:
        if _facts(theirs, text, TOKENS) != _facts(ours, text, TOKENS):
            return f"SentencePiece reads {text!r} as other tokens"
    for text in texts:
        if _facts(theirs, text, (*TOKENS, "offsets")) != _facts(ours, text, (*TOKENS, "offsets")):
            return f"SentencePiece reads {text!r} differently"
    return ""


def _facts(tokenizer: Any, text: str, names: Iterable[str]) -> list[list[Any]]:
    """Return the fields `names` of a text's encoding, alone and as the second of two."""
    return [[getattr(e, name) for name in names] for e in (tokenizer.encode(text), tokenizer.encode("a", text))]
