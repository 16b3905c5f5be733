"""Runs an artifact's graph on onnxruntime: what production serves. It knows no tokenizer and no task."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import onnxruntime

from shared.encoder.batches import Feed, Feeds
from shared.encoder.encoder import Floats
from shared.manifest import Manifest

# A build for this runtime is an ONNX graph, `model.onnx` with its weights in `model.onnx.data`.
ARTIFACT = "graph"
# Larger weights are held once, whatever the threads: a second session packs a second copy of them.
ONCE_BYTES = 100_000_000


def open_network(directory: Path, manifest: Manifest, threads: int) -> "Graph":
    """Open the graph in `directory`."""
    return Graph(directory, list(manifest.outputs), threads)


class Graph:
    """A graph on several threads: either all threads work on one run, or each on a run of its own.

    Within a run threads hand each other all they compute; runs side by side share nothing, and twice the threads do
    twice the work. The session for that is opened when it is first needed.
    """

    def __init__(self, directory: Path, outputs: list[str], threads: int) -> None:
        self._directory = directory
        self._outputs = outputs
        self._threads = threads
        self._session = open_session(directory, threads)
        self._inputs = {node.name: node.type == "tensor(int32)" for node in self._session.get_inputs()}
        weights_bytes = sum(path.stat().st_size for path in directory.glob("model.onnx*"))
        self._side_by_side = threads > 1 and weights_bytes <= ONCE_BYTES

    def run(self, feeds: Feeds) -> Iterator[list[Floats]]:
        """Run each feed, side by side where there are enough for all threads; yield the outputs in order."""
        if not self._side_by_side or len(feeds) < self._threads:
            yield from (self._run(self._session, feed) for feed in feeds)
            return
        from concurrent.futures import ThreadPoolExecutor

        session = self._on_one_thread
        pool = ThreadPoolExecutor(self._threads)
        try:
            yield from pool.map(lambda number: self._run(session, feeds[number]), range(len(feeds)))
        finally:
            # A caller that stops early leaves nothing behind that still takes a processor.
            pool.shutdown(cancel_futures=True)

    def _run(self, session: onnxruntime.InferenceSession, feed: Feed) -> list[Floats]:
        taken = {
            name: feed[name].astype("int32") if is_short else feed[name] for name, is_short in self._inputs.items()
        }
        outputs: list[Floats] = session.run(self._outputs, taken)
        return outputs

    @cached_property
    def _on_one_thread(self) -> onnxruntime.InferenceSession:
        return open_session(self._directory, 1)


def open_session(directory: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open `model.onnx` in `directory` on `threads` CPU threads.

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
