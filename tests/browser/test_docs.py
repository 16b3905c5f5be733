"""The page of the API description, in a real browser."""

import re
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, NARROW, Visit, overflows

pytestmark = pytest.mark.browser

WIDEST = "(all) => Math.max(...Array.from(document.querySelectorAll(all), (one) => one.getBoundingClientRect().right))"


def operation(page: Any, name: str) -> Any:
    page.locator(f"#{name} > summary").click()
    return page.locator(f"#{name}")


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["desktop", "narrow"])
def test_every_operation_is_shown_and_fits_the_screen(visit: Visit, size: dict[str, int]) -> None:
    page = visit("/docs", size=size)
    assert {"/v1/qa", "/v1/embeddings", "/v1/models"} <= set(page.locator("summary .path").all_text_contents())
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert not overflows(page)
    card, widest = (page.evaluate(WIDEST, selector) for selector in ("details.operation", "details.operation pre"))
    assert widest < card


def test_fields_stand_in_their_operation_with_limits_units_and_meaning(visit: Visit) -> None:
    shown = operation(visit("/docs"), "ask").text_content()
    assert "top_k whole number or null · optional · at least 1 · at most 100" in shown
    assert "How many answers to return, best first. Default: 1." in shown
    assert re.search(r"question text · required · not empty · at most 2000 characters", shown)
    assert "in Unicode code points from the start of the context" in shown


def test_a_request_can_be_tried_with_its_answer_or_its_error(visit: Visit) -> None:
    shown = operation(visit("/docs"), "ask")
    shown.get_by_role("button", name="Try it").click()
    shown.locator(".try pre", has_text='"answer": "Warsaw"').wait_for()
    shown.locator("textarea").fill('{"question": 5, "context": "Five."}')
    shown.get_by_role("button", name="Try it").click()
    assert "'question'" in shown.locator(".problem").text_content()
    shown.locator("textarea").fill("{")
    shown.get_by_role("button", name="Try it").click()
    shown.get_by_text("The body is not valid JSON.").wait_for()


def test_a_list_is_tried_at_the_same_path(visit: Visit) -> None:
    shown = operation(visit("/docs"), "askMany")
    shown.get_by_role("button", name="Try it").click()
    shown.locator(".try pre", has_text='"results"').wait_for()


def test_a_parameter_of_the_path_is_a_field(visit: Visit) -> None:
    shown = operation(visit("/docs"), "getModel")
    shown.get_by_label("id").fill("embeddings")
    shown.get_by_role("button", name="Try it").click()
    shown.locator(".try pre", has_text='"dimensions": 384').wait_for()


def test_the_search_leaves_what_holds_all_words(visit: Visit) -> None:
    page = visit("/docs")
    page.get_by_label("Search").fill("doc_stride results")
    assert page.locator("details.operation:visible").count() == 2
    page.get_by_label("Search").fill("nowhere to be found")
    assert page.locator("details.operation:visible").count() == 0
    assert page.get_by_text("Nothing is found.").is_visible()


def test_a_link_opens_its_operation(visit: Visit) -> None:
    assert visit("/docs#embed").locator("#embed").get_attribute("open") is not None


def test_samples_in_four_languages_stand_beside_each_operation(visit: Visit) -> None:
    shown = operation(visit("/docs"), "embed")
    assert shown.get_by_role("tab").all_text_contents() == ["curl", "Python", "JavaScript", "OpenAI SDK"]
