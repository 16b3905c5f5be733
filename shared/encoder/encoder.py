"""A tokenizer and a network that a task asks together. It knows which sequences may share a run; it knows no task."""

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.encoder.batches import BATCH_TOKENS, Feed, group, pad
from shared.encoder.tokenizer import open_tokenizer
from shared.encoder.tokens import Encoding, Ints, SpecialTokens, Tokenizer, Tokens
from shared.manifest import Manifest

Floats = NDArray[np.float32]


class Network(Protocol):
    """What a runtime's module opens with `open_network(directory, manifest, threads)`."""

    def run(self, feeds: Sequence[Feed]) -> Iterator[list[Floats]]:
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

    def read(self, text: str) -> Encoding:
        """Read a text of any length, without special tokens: ids, offsets in code points, words."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def read_ids(self, texts: Sequence[str]) -> list[Ints]:
        """Read texts of any length, without special tokens; only the ids of each, (tokens,)."""
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [np.array(encoding.ids, dtype=np.int64) for encoding in encodings]

    def run(self, sequences: Sequence[Tokens]) -> Iterator[tuple[int, list[Floats]]]:
        """Run the network on every sequence; yield its index and its outputs, in any order.

        An output by token is (tokens, ...) without padding, an output by sequence (...). Sequences share a run only
        where the manifest says that none changes another's result.
        """
        runs = group([len(sequence) for sequence in sequences], self._budget_tokens)
        feeds = [pad([sequences[index] for index in run], self._pad_token_id) for run in runs]
        for run, outputs in zip(runs, self._network.run(feeds), strict=True):
            for row, index in enumerate(run):
                yield index, [self._row(output, row, len(sequences[index]), i) for i, output in enumerate(outputs)]

    def _row(self, output: Floats, row: int, length: int, number: int) -> Floats:
        return output[row, :length] if self._by_token[number] else output[row]
