"""The pages as a person uses them, in a real browser. `visit` looks after the console and after foreign requests."""

from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.stack import running

pytestmark = pytest.mark.browser

WIDEST = "(all) => Math.max(...Array.from(document.querySelectorAll(all), (one) => one.getBoundingClientRect().right))"


def ask(page: Any, question: str, context: str) -> None:
    page.get_by_label("Paragraph").fill(context)
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def give(page: Any, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_label("API key").press("Enter")


def overflows(page: Any) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"))


def test_the_page_offers_every_model_with_its_example(visit: Visit) -> None:
    page = visit()
    page.locator("#embedder option").first.wait_for(state="attached")
    assert page.locator("#reader option").all_text_contents() == ["qa", "multilingual-qa"]
    assert page.locator("#embedder option").all_text_contents() == ["embeddings"]
    # A section for models of any other task, of which the embedded catalog has none.
    assert page.locator("#asking").is_hidden()
    assert page.get_by_label("Question").input_value() == "Where was Marie Curie born?"


def test_the_answer_to_the_example_is_marked_in_its_paragraph(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="Ask", exact=True).click()
    assert page.locator("#found mark").text_content() == "Warsaw"
    assert page.locator("#found .answer").text_content() == "Warsaw"
    assert page.locator("#found .text").text_content() == page.get_by_label("Paragraph").input_value()
    assert "model qa" in page.locator("#found .facts").text_content()


def test_the_mark_is_at_its_place_after_signs_outside_the_basic_plane(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Model").first.select_option("multilingual-qa")
    ask(page, "Wie lang ist die Brücke?", "🌉🌉🌉 Die Brücke über die Lahne ist 84 Meter lang.")
    assert page.locator("#found mark").text_content() == page.locator("#found .answer").text_content()
    assert "84 Meter" in page.locator("#found mark").text_content()


def test_a_paragraph_that_holds_no_answer_is_said_to_hold_none(visit: Visit) -> None:
    page = visit()
    page.get_by_label("may have no answer").check()
    ask(page, "Where does the river Tavel rise?", "The mill at Harn makes electricity.")
    assert page.locator("#found .answer").text_content() == "The paragraph does not say."


def test_sentences_are_listed_with_the_closest_first(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Compared with, one a line").fill("The invoice is due on Friday.\nShe swims in the morning.")
    page.get_by_role("button", name="Compare").click()
    page.locator("#closest .bar").first.wait_for()
    scores = [float(text) for text in page.locator("#closest output").all_text_contents()]
    assert page.locator("#closest .bar").first.text_content().startswith("She swims in the morning.")
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_a_refusal_is_shown_as_the_message_it_is(visit: Visit) -> None:
    page = visit()
    ask(page, " ", "Ada wrote it.")
    message = page.locator("#found .problem").text_content()
    assert "'question'" in message
    assert "status 400" in message


def test_an_empty_question_is_not_sent(visit: Visit) -> None:
    page = visit()
    ask(page, "", "Ada wrote it.")
    assert page.evaluate("document.querySelector('#question').validity.valueMissing")
    assert page.locator("#found .empty").is_visible()


def test_a_server_that_cannot_be_reached_is_said_to_be(visit: Visit) -> None:
    page = visit()
    page.locator("#reader option").first.wait_for(state="attached")
    page.context.set_offline(True)
    page.get_by_role("button", name="Ask", exact=True).click()
    assert page.locator("#found .problem").text_content() == "The server cannot be reached. Try again in a moment."


def test_text_that_looks_like_markup_stays_text(visit: Visit) -> None:
    page = visit()
    ask(page, "Who keeps the lamp?", "<img src=x onerror=alert(1)> Ruth Calder keeps the <b>lamp</b>.")
    page.locator("#found mark").wait_for()
    assert page.locator("#found img, #found .text b").count() == 0


def test_where_a_key_is_asked_for_the_page_asks_for_it(visit: Visit) -> None:
    with running(api_keys="a person's key") as locked:
        page = visit(at=locked.url)
        page.get_by_text("This router asks for an API key.").wait_for()
        give(page, "a person's key")
        ask(page, "Who wrote it?", "Ada wrote it.")
        assert page.locator("#found mark").text_content() == "Ada"
        assert page.locator("#trouble").is_hidden()


def test_a_key_that_no_header_can_carry_is_said_to_be_one(visit: Visit) -> None:
    page = visit()
    page.locator("#reader option").first.wait_for(state="attached")
    give(page, "ключ")
    page.get_by_text("This API key holds letters that no header can carry.").wait_for()


def test_another_key_leaves_what_was_written(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Question").fill("Who wrote it?")
    page.get_by_label("Model").first.select_option("multilingual-qa")
    with page.expect_response("**/v1/models"):
        give(page, "another")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert "model multilingual-qa" in page.locator("#found .facts").text_content()
    assert page.get_by_label("Question").input_value() == "Who wrote it?"


def test_on_a_phone_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    page = visit(size=PHONE)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#found mark").wait_for()
    page.get_by_role("button", name="Compare").click()
    page.locator("#closest .bar").first.wait_for()
    for summary in page.get_by_text("The same with curl").all():
        summary.click()
    assert not overflows(page)
    ask(page, "Who?", "Ada" * 200)
    page.locator("#found mark", has_text="AdaAda").wait_for()
    assert not overflows(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_description_of_the_api_shows_every_route_and_fits_the_screen(visit: Visit, size: dict[str, int]) -> None:
    page = visit("/docs", size=size)
    assert {"/v1/qa", "/v1/embeddings", "/healthz"} <= set(page.locator("summary .path").all_text_contents())
    page.get_by_text("/v1/qa", exact=True).click()
    assert page.get_by_role("heading", name="Send").first.is_visible()
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert not overflows(page)
    card, widest = (page.evaluate(WIDEST, selector) for selector in ("details.operation", "details.operation pre"))
    assert widest < card
