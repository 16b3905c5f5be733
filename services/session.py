"""Opens what every onnx artifact holds: its graph and its tokenizer. Knows no service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import onnxruntime

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from services.sentence_pieces import SentencePieces

T = TypeVar("T")

# Larger weights are held once, whatever the threads.
ONCE_BYTES = 100_000_000

onnxruntime.disable_telemetry_events()  # it would write an id of the machine at start


def open_artifact(
    directory: Path, threads: int, *, lowercase: bool = False
) -> tuple[onnxruntime.InferenceSession, Tokenizer | SentencePieces]:
    """The session and the tokenizer of the artifact in `directory`; see `open_session` and `open_tokenizer`.

    At the same time, where there are threads for both: for XLM-R large one takes as long as the other.
    """
    if threads == 1:
        return open_session(directory, threads), open_tokenizer(directory, lowercase=lowercase)
    from concurrent.futures import ThreadPoolExecutor  # it loads `logging`: a function of one thread needs neither

    with ThreadPoolExecutor(1) as other:
        tokenizer = other.submit(open_tokenizer, directory, lowercase=lowercase)
        return open_session(directory, threads), tokenizer.result()


class Sessions:
    """A graph on several threads: `session`, whose runs have them all, and where it pays one whose runs take one each.

    Within a run threads hand each other all they compute; runs side by side share nothing, and twice the threads do
    twice the work. The second session is opened when it is first needed, by one caller at a time.
    """

    def __init__(self, directory: Path, threads: int, session: onnxruntime.InferenceSession) -> None:
        self._directory = directory
        self._threads = threads
        self._session = session
        # A second session packs a second copy of the weights: too much for a large model's.
        size = sum(path.stat().st_size for path in directory.glob("model.onnx*"))
        self._one_only = threads == 1 or size > ONCE_BYTES

    def each(self, work: Callable[[onnxruntime.InferenceSession, T], object], items: Sequence[T]) -> None:
        """Do `work` on each item, in any order: side by side where there are enough for all threads."""
        if self._one_only or len(items) < self._threads:
            for item in items:
                work(self._session, item)
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(partial(work, self._on_one_thread), items))  # it is the list that raises what was raised

    @cached_property
    def _on_one_thread(self) -> onnxruntime.InferenceSession:
        return open_session(self._directory, 1)


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
