"""Checkpoints on PyTorch: the network's own outputs, and the inputs that it tells apart."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from shared.encoder.batches import Feeds
from shared.encoder.encoder import Encoder
from shared.encoder.tokens import Tokens
from shared.encoder.torch import input_names, open_module, open_network
from tests.encoder.fakes import manifest
from tests.question_answering.golden import tiny

pytestmark = pytest.mark.torch

AUTO_CLASS = "AutoModelForQuestionAnswering"
OUTPUTS = {"end_logits": "token", "start_logits": "token"}


def tokens(*ids: int, type_: int = 0) -> Tokens:
    return Tokens(ids=np.array(ids), types=np.full(len(ids), type_))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny checkpoints of all families, each in the folder of its name."""
    directory = tmp_path_factory.mktemp("checkpoints")
    for name in tiny.FAMILIES:
        tiny.save(name, directory / name)
    return directory


@pytest.mark.parametrize(
    ("name", "typed"), [("bert", True), ("albert", True), ("distilbert", False), ("roberta", False)]
)
def test_a_network_is_given_token_types_where_it_tells_them_apart(folder: Path, name: str, typed: bool) -> None:
    names = input_names(open_module(folder / name, AUTO_CLASS))
    assert names == ["input_ids", "attention_mask", *(["token_type_ids"] if typed else [])]


def test_the_outputs_are_the_networks_own_in_the_manifests_order(folder: Path) -> None:
    said = manifest(auto_class=AUTO_CLASS, outputs=OUTPUTS)
    first, second = tokens(2, 7, 8, 9, 3), tokens(2, 11, 3, type_=1)
    feeds = Feeds([first, second], [[0], [1]], 0)
    network = transformers.AutoModelForQuestionAnswering.from_pretrained(folder / "bert").eval()
    for sequence, (ends, starts) in zip(
        (first, second), open_network(folder / "bert", said, 1).run(feeds), strict=True
    ):
        with torch.no_grad():
            expected = network(
                input_ids=torch.from_numpy(sequence.ids)[None], token_type_ids=torch.from_numpy(sequence.types)[None]
            )
        np.testing.assert_allclose(starts, expected.start_logits.numpy(), atol=1e-5)
        np.testing.assert_allclose(ends, expected.end_logits.numpy(), atol=1e-5)


@pytest.mark.parametrize("name", tiny.FAMILIES)
def test_a_sequence_is_read_alike_alone_and_beside_a_longer_one(folder: Path, name: str) -> None:
    padding = tiny.FAMILIES[name].config["pad_token_id"]
    said = manifest(auto_class=AUTO_CLASS, outputs=OUTPUTS, pad_token_id=padding, runtime="torch")
    made = Encoder.open(folder / name, said, 1)
    asked = [tokens(5, 6, 7), tokens(*range(5, 25))]
    together = dict(made.run(asked))
    for index, sequence in enumerate(asked):
        ((_, alone),) = made.run([sequence])
        for ours, theirs in zip(together[index], alone, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_weights_are_read_in_single_precision(folder: Path) -> None:
    module = open_module(folder / "bert", AUTO_CLASS)
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}
    assert not module.training
