"""What axe-core finds on the pages: nothing, in light and dark, on a desk and on a phone."""

import importlib
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Visit

pytestmark = pytest.mark.browser

axe: Any = importlib.import_module("axe_playwright_python.sync_playwright")


def violations(page: Any) -> list[tuple[str, list[str]]]:
    found = axe.Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:100] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_playground_is_accessible_with_its_answers(
    visit: Visit, tasks_url: str, scheme: str, size: dict[str, int]
) -> None:
    for at, sections in ((None, ("ask", "embed")), (tasks_url, ("extract", "classify", "rerank"))):
        page = visit(size=size, **({"at": at} if at else {}))
        page.emulate_media(color_scheme=scheme)
        page.locator(f"#{sections[0]}").wait_for()
        assert violations(page) == []
        for section in sections:
            page.locator(f"#{section} .actions button").first.click()
            page.locator(f"#{section} .facts").wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_api_description_is_accessible(visit: Visit, scheme: str) -> None:
    page = visit("/docs")
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert violations(page) == []
