"""Opens what every onnx artifact holds: its graph and its tokenizer. Knows no service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from services.sentence_pieces import SentencePieces

onnxruntime.disable_telemetry_events()  # it would write an id of the machine at start


def open_artifact(
    directory: Path, threads: int, *, lowercase: bool = False
) -> tuple[onnxruntime.InferenceSession, Tokenizer | SentencePieces]:
    """The session and the tokenizer of the artifact in `directory`; see `open_session` and `open_tokenizer`.

    At the same time, where there are threads for both: for XLM-R large each takes a third of a second.
    """
    if threads == 1:
        return open_session(directory, threads), open_tokenizer(directory, lowercase=lowercase)
    with ThreadPoolExecutor(1) as other:
        tokenizer = other.submit(open_tokenizer, directory, lowercase=lowercase)
        return open_session(directory, threads), tokenizer.result()


def open_session(directory: Path, threads: int) -> onnxruntime.InferenceSession:
    """The session of `model.onnx` in `directory`, on `threads` CPU threads.

    The graph was optimised when the artifact was built, so nothing is optimised again at every cold start.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Planning which tensor takes over whose memory costs MobileBERT, with its 1,768 nodes, a second of its cold start
    # and gains nothing: the arena hands freed memory out again as it is.
    options.enable_mem_reuse = False
    return onnxruntime.InferenceSession(directory / "model.onnx", options, providers=["CPUExecutionProvider"])


def open_tokenizer(directory: Path, *, lowercase: bool = False) -> Tokenizer | SentencePieces:
    """The tokenizer in `directory`, which neither truncates nor pads: the service does both, and says so.

    An artifact holds one of two kinds, and only that one's library is loaded. `lowercase` asks for lower-casing before
    all that the tokenizer's own files ask for.
    """
    if (directory / "sentencepiece.model").exists():
        from services.sentence_pieces import SentencePieces

        return SentencePieces(directory, lowercase=lowercase)
    from tokenizers import Tokenizer, normalizers

    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if lowercase:
        own = [tokenizer.normalizer] if tokenizer.normalizer else []
        tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    return tokenizer
