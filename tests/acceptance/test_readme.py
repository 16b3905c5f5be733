"""Every command of the README and docs/api.md that talks to the platform prints what they say; pages and links."""

import re
from pathlib import Path

import pytest

from tests.acceptance.readme import PAGES, Block, alike, blocks, run
from tests.stack import ROOT, Stack

BLOCKS = [block for page in PAGES for block in blocks(page.read_text(encoding="utf-8"))]
MAX_WORDS = 2_000
LINK = re.compile(r"(?<!!)\[[^]]*\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")


def test_the_pages_show_every_kind_of_route() -> None:
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
def test_a_command_prints_what_the_page_shows(stack: Stack, block: Block) -> None:
    seen = run(block.command, stack.url)
    assert alike(block.output, seen), seen


def test_outputs_that_differ_in_words_or_by_much_are_not_alike() -> None:
    assert alike('{"score":0.91,"id":"0123456789ab"}', '{"score":0.92,"id":"ba9876543210"}')
    assert not alike('{"score":0.91}', '{"score":0.81}')
    assert not alike('{"answer":"Ada"}', '{"answer":"Bob"}')
    assert not alike('{"score":0.91}', '{"score":0.91,"start":3}')


def test_the_readme_is_read_in_ten_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= MAX_WORDS


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, heading in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), path
        if heading:
            titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, heading
