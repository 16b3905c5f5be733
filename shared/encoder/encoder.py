"""A tokenizer and a network that a task asks together. It knows which sequences may share a run; it knows no task."""

import importlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.contract import NO_DEADLINE, Deadline
from shared.encoder.batches import BATCH_TOKENS, Feeds, group
from shared.encoder.tokenizer import open_tokenizer
from shared.encoder.tokens import Encoding, Ints, SpecialTokens, Tokenizer, Tokens
from shared.errors import TooLarge
from shared.manifest import Manifest

Floats = NDArray[np.float32]
# Texts that are read between two looks at the deadline.
TEXTS_AT_ONCE = 64
# A run is timed for so long before its speed says whether the rest can be done in time.
MEASURED_S = 0.5
# The rest is given up when it would take this many times the time left: speed varies.
HOPELESS = 1.5


class Network(Protocol):
    """What a runtime's module opens with `open_network(directory, manifest, threads)`."""

    def run(self, feeds: Feeds) -> Iterator[list[Floats]]:
        """Run each feed; yield its outputs, in the order of the manifest's `outputs`, in the order of the feeds.

        A network takes of a feed what its graph has as inputs.
        """


class Encoder:
    """The encoder of one artifact. `max_tokens` counts special tokens too."""

    def __init__(self, tokenizer: Tokenizer, network: Network, manifest: Manifest) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._pad_token_id = manifest.pad_token_id
        self._by_token = [kind == "token" for kind in manifest.outputs.values()]
        self._budget_tokens = BATCH_TOKENS if manifest.batched else 0
        self.special_tokens = SpecialTokens.of(tokenizer)
        self.max_tokens = manifest.max_tokens

    @classmethod
    def open(cls, directory: Path, manifest: Manifest, threads: int) -> "Encoder":
        """Open the artifact in `directory` with the runtime that its manifest names, on `threads` CPU threads.

        Tokenizer and network are opened at the same time where there are threads for both: for XLM-R large one takes
        as long as the other.
        """
        open_network = importlib.import_module(f"shared.encoder.{manifest.runtime}").open_network
        if threads == 1:
            network = open_network(directory, manifest, threads)
            return cls(open_tokenizer(directory, lowercase=manifest.lowercase), network, manifest)
        from concurrent.futures import ThreadPoolExecutor  # it loads `logging`, which one thread does not need

        with ThreadPoolExecutor(1) as other:
            tokenizer = other.submit(open_tokenizer, directory, lowercase=manifest.lowercase)
            network = open_network(directory, manifest, threads)
            return cls(tokenizer.result(), network, manifest)

    @property
    def vocabulary(self) -> int:
        """The number of ids that the tokenizer has."""
        return self._tokenizer.get_vocab_size()

    def read(self, text: str, *, special_tokens: bool = False) -> Encoding:
        """Read a text of any length, between its special tokens or without: ids, offsets in code points, words."""
        return self._tokenizer.encode(text, add_special_tokens=special_tokens)

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        """Return the text of token ids; what the vocabulary does not hold is left out."""
        return self._tokenizer.decode(ids, skip_special_tokens=skip_special_tokens)

    def read_ids(self, texts: Sequence[str], deadline: Deadline = NO_DEADLINE) -> list[Ints]:
        """Read texts of any length, without special tokens; only the ids of each, (tokens,). Raises Timeout."""
        ids: list[Ints] = []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            deadline.check()
            encodings = self._tokenizer.encode_batch_fast(
                texts[start : start + TEXTS_AT_ONCE], add_special_tokens=False
            )
            ids += (np.array(encoding.ids, dtype=np.int64) for encoding in encodings)
        return ids

    def run(self, sequences: Sequence[Tokens], deadline: Deadline = NO_DEADLINE) -> Iterator[tuple[int, list[Floats]]]:
        """Run the network on every sequence; yield its index and its outputs, in any order.

        An output by token is (tokens, ...) without padding, an output by sequence (...). Sequences share a run only
        where the manifest says that none changes another's result. Raises Timeout when the deadline has passed, and
        TooLarge as soon as the speed so far shows that it will pass.
        """
        runs = group([len(sequence) for sequence in sequences], self._budget_tokens)
        feeds = Feeds(sequences, runs, self._pad_token_id)
        progress = _Progress(sum(map(len, sequences)), deadline)
        for run, outputs in zip(runs, self._network.run(feeds), strict=True):
            for row, index in enumerate(run):
                yield index, [self._row(output, row, len(sequences[index]), i) for i, output in enumerate(outputs)]
            progress.add(sum(len(sequences[index]) for index in run))

    def _row(self, output: Floats, row: int, length: int, number: int) -> Floats:
        return output[row, :length] if self._by_token[number] else output[row]


class _Progress:
    """How many tokens of a request are done, and whether the rest can be in time."""

    def __init__(self, total_tokens: int, deadline: Deadline) -> None:
        self._total_tokens = total_tokens
        self._done_tokens = 0
        self._deadline = deadline
        self._began_s = self._last_s = time.monotonic()
        self._slowest_s, self._slowest_tokens = 0.0, 0

    def add(self, tokens: int) -> None:
        """Count tokens that are done. Raises Timeout or TooLarge, but never once all are."""
        now_s = time.monotonic()
        if now_s - self._last_s >= self._slowest_s:
            self._slowest_s, self._slowest_tokens = now_s - self._last_s, tokens
        self._last_s = now_s
        self._done_tokens += tokens
        rest_tokens = self._total_tokens - self._done_tokens
        if rest_tokens == 0:
            return
        self._deadline.check()
        # The longest run is left out: one in which the process stood still says nothing of its speed.
        timed_tokens, timed_s = self._done_tokens - self._slowest_tokens, now_s - self._began_s - self._slowest_s
        if now_s - self._began_s < MEASURED_S or not timed_tokens:
            return
        remaining_s = self._deadline.remaining_s()
        if rest_tokens * timed_s > timed_tokens * remaining_s * HOPELESS:
            fit_tokens = self._done_tokens + int(timed_tokens * remaining_s / timed_s)
            raise TooLarge(
                f"The request has {self._total_tokens} tokens, and about {fit_tokens} can be read in the time it has. "
                "Send fewer or shorter texts in one request."
            )
