"""Batches of sequences for a network: which run together, and how they are padded. It knows no runtime."""

from collections.abc import Iterator, Sequence

import numpy as np

from shared.encoder.tokens import Ints, Tokens

# The arrays that a network may take, each (sequences, tokens) of int64.
Feed = dict[str, Ints]
INPUTS = ("input_ids", "attention_mask", "token_type_ids")

# Padded tokens in one run. Past it a CPU gains no speed, and its caches hold less of each.
BATCH_TOKENS = 256


def group(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group sequences, by their index, into runs of similar length of at most `budget` tokens with padding.

    A longer sequence runs alone; a budget of 0 lets each one run alone. The longest come first, so that runs side by
    side end together.
    """
    runs: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if runs and (len(runs[-1]) + 1) * lengths[index] <= budget:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs[::-1]


def pad(sequences: Sequence[Tokens], pad_token_id: int) -> Feed:
    """Put sequences into arrays (sequences, longest), padded on the right; the mask is 1 for real tokens."""
    shape = (len(sequences), max(map(len, sequences)))
    ids = np.full(shape, pad_token_id, dtype=np.int64)
    mask, types = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, sequence in enumerate(sequences):
        end = len(sequence)
        ids[row, :end], mask[row, :end], types[row, :end] = sequence.ids, 1, sequence.types
    return dict(zip(INPUTS, (ids, mask, types), strict=True))


class Feeds:
    """The feeds of several runs, each padded only when it is asked for: together they take several times the memory."""

    def __init__(self, sequences: Sequence[Tokens], runs: Sequence[Sequence[int]], pad_token_id: int) -> None:
        self._sequences = sequences
        self._runs = runs
        self._pad_token_id = pad_token_id

    def __len__(self) -> int:
        return len(self._runs)

    def __getitem__(self, number: int) -> Feed:
        return pad([self._sequences[index] for index in self._runs[number]], self._pad_token_id)

    def __iter__(self) -> Iterator[Feed]:
        return (self[number] for number in range(len(self)))
