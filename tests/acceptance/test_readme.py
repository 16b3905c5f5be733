"""Every command of the README that talks to the platform prints what the README says."""

import pytest

from tests.acceptance.readme import README, Block, alike, blocks, run
from tests.stack import Stack

BLOCKS = list(blocks(README.read_text(encoding="utf-8")))


def test_the_readme_shows_every_kind_of_route() -> None:
    commands = " ".join(block.command for block in BLOCKS)
    for route in (
        "/v1/qa",
        "/v1/multilingual-qa",
        "/v1/embeddings",
        "/v1/models",
        "/healthz",
        "/2015-03-31/functions/",
    ):
        assert route in commands


@pytest.mark.torch
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.command.split(" -d ")[0][-60:])
def test_a_command_prints_what_the_readme_shows(stack: Stack, block: Block) -> None:
    seen = run(block.command, stack.url)
    assert alike(block.output, seen), seen


def test_outputs_that_differ_in_words_or_by_much_are_not_alike() -> None:
    assert alike('{"score":0.91,"id":"0123456789ab"}', '{"score":0.92,"id":"ba9876543210"}')
    assert not alike('{"score":0.91}', '{"score":0.81}')
    assert not alike('{"answer":"Ada"}', '{"answer":"Bob"}')
    assert not alike('{"score":0.91}', '{"score":0.91,"start":3}')
