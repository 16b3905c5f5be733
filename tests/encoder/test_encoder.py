"""A tokenizer and a network as one: texts in, each sequence's outputs out."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.encoder import Encoder, Tokens
from shared.encoder.batches import BATCH_TOKENS
from shared.encoder.encoder import Floats
from tests.encoder import fakes
from tests.encoder.fakes import (
    FOLDER,
    PADDING,
    TOKENIZERS,
    FakeNetwork,
    by_sequence,
    by_token,
    encoder,
    manifest,
    sequences,
)
from tests.encoder.graphs import lookup

BY_TOKEN = {"logits": "token"}
BY_SEQUENCE = {"logits": "sequence"}


def ran(made: Encoder, asked: list[Tokens]) -> list[list[Floats]]:
    """Return the outputs in the order of the sequences; each must have come once."""
    found = list(made.run(asked))
    assert sorted(index for index, _ in found) == list(range(len(asked)))
    return [outputs for _, outputs in sorted(found, key=lambda pair: pair[0])]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 200), max_size=12), st.sampled_from([BY_TOKEN, BY_SEQUENCE]), st.booleans())
def test_every_sequence_has_the_outputs_that_it_has_alone(
    lengths: list[int], outputs: dict[str, str], batched: bool
) -> None:
    run = by_token(labels=3) if outputs == BY_TOKEN else by_sequence(labels=3)
    made = encoder(run, outputs=outputs, batched=batched)
    asked = sequences(*lengths)
    for sequence, (output,) in zip(asked, ran(made, asked), strict=True):
        ((alone,),) = ran(made, [sequence])
        np.testing.assert_array_equal(output, alone)
        assert output.shape == ((len(sequence), 3) if outputs == BY_TOKEN else (3,))


def test_a_network_may_have_several_outputs_of_both_kinds() -> None:
    made = encoder(
        lambda feed: [*by_sequence(labels=2)(feed), *by_token(outputs=2)(feed)],
        outputs={"pooled": "sequence", "start": "token", "end": "token"},
    )
    shapes = [[output.shape for output in outputs] for outputs in ran(made, sequences(4, 9))]
    assert shapes == [[(2,), (4,), (4,)], [(2,), (9,), (9,)]]


def test_sequences_share_runs_within_the_budget() -> None:
    network = FakeNetwork(by_token())
    ran(encoder(network, outputs=BY_TOKEN), sequences(*[10] * 60))
    sizes = [feed["input_ids"].size for feed in network.feeds]
    assert max(sizes) <= BATCH_TOKENS
    assert len(sizes) == -(-60 // (BATCH_TOKENS // 10))


def test_sequences_run_alone_and_unpadded_where_one_would_change_another() -> None:
    network = FakeNetwork(by_token())
    ran(encoder(network, outputs=BY_TOKEN, batched=False), sequences(3, 10, 3))
    assert sorted(feed["input_ids"].shape for feed in network.feeds) == [(1, 3), (1, 3), (1, 10)]
    assert all(feed["attention_mask"].all() for feed in network.feeds)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_padding_is_the_manifests_token(name: str) -> None:
    network = FakeNetwork(by_token())
    ran(encoder(network, name=name, outputs=BY_TOKEN), sequences(5, 6))
    (feed,) = network.feeds
    assert feed["input_ids"][feed["attention_mask"] == 0].tolist() == [PADDING[name]]


def test_no_sequence_needs_no_run() -> None:
    assert ran(encoder(by_token(), outputs=BY_TOKEN), []) == []


def test_texts_are_read_without_special_tokens_and_whole() -> None:
    made = encoder(by_token(), outputs=BY_TOKEN)
    own = fakes.tokenizer().encode("Paris, in May", add_special_tokens=False)
    encoding = made.read("Paris, in May")
    assert (encoding.ids, encoding.offsets, encoding.word_ids) == (own.ids, own.offsets, own.word_ids)
    long, short = made.read_ids(["paris " * 1000, "paris"])
    assert long.tolist() == short.tolist() * 1000
    assert long.dtype == np.int64


def test_max_tokens_are_the_manifests() -> None:
    assert encoder(by_token(), outputs=BY_TOKEN, max_tokens=99).max_tokens == 99


@pytest.mark.parametrize("threads", [1, 2])
def test_graph_and_tokenizer_of_an_artifact_are_opened_whatever_the_threads(tmp_path: Path, threads: int) -> None:
    shutil.copy(FOLDER / "byte-bpe.json", tmp_path / "tokenizer.json")
    said = manifest("byte-bpe", outputs={"sums": "sequence"}, lowercase=True)
    made = Encoder.open(lookup(tmp_path), said, threads)
    assert made.read("PARIS").ids == made.read("paris").ids
    ((sums,),) = ran(made, sequences(3))
    assert sums.shape == (2,)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_missing_is_said_whatever_the_threads(tmp_path: Path, threads: int) -> None:
    with pytest.raises(Exception, match="model.onnx"):
        Encoder.open(tmp_path, manifest(), threads)


def test_a_runtime_that_is_not_there_is_an_import_error(tmp_path: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="shared.encoder.tensorrt"):
        Encoder.open(tmp_path, manifest(runtime="tensorrt"), 1)
