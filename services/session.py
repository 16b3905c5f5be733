"""Opens what every onnx artifact holds: its graph and its tokenizer. Knows no service."""

from pathlib import Path

import onnxruntime
from tokenizers import Tokenizer

onnxruntime.disable_telemetry_events()  # it would write an id of the machine at start


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


def open_tokenizer(directory: Path) -> Tokenizer:
    """The tokenizer in `directory`, which neither truncates nor pads: the service does both, and says so."""
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
