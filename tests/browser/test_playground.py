"""The playground as a person uses it, in a real browser. `visit` looks after the console and after foreign requests."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.browser.conftest import DESKTOP, NARROW, PHONE, Visit, overflows
from tests.stack import PROJECT_PYTHON, running

pytestmark = pytest.mark.browser

# A question in five scripts: the text, the question, and what the answer holds where the shipped reader knows the
# language.
SCRIPTS = {
    "en": ("Marie Curie was born in Warsaw in 1867.", "Where was Marie Curie born?", "Warsaw"),
    "de": ("Die Brücke über die Lahne ist 84 Meter lang.", "Wie lang ist die Brücke?", "84 Meter"),
    "ar": ("وُلدت ماري كوري في وارسو عام 1867.", "أين وُلدت ماري كوري؟", ""),
    "zh": ("玛丽·居里1867年出生于华沙。", "玛丽·居里出生在哪里？", ""),
    "hi": ("मेरी क्यूरी का जन्म 1867 में वारसॉ में हुआ था।", "मेरी क्यूरी का जन्म कहाँ हुआ था?", ""),
}


def ask(page: Any, question: str, context: str) -> None:
    page.get_by_label("Text", exact=True).fill(context)
    page.get_by_label("Question").fill(question)
    press(page)


def press(page: Any, section: str = "ask") -> None:
    page.locator(f"#{section} .actions button").first.click()


def give(page: Any, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_label("API key").press("Enter")


def scores(page: Any, section: str) -> list[float]:
    return [float(text) for text in page.locator(f"#{section} .result .bar b").all_text_contents()]


def test_the_page_offers_every_model_with_its_example_and_its_facts(visit: Visit) -> None:
    page = visit()
    page.locator("#embed option").first.wait_for(state="attached")
    assert page.locator("#ask select").first.locator("option").all_text_contents() == ["qa", "multilingual-qa"]
    assert page.locator("#embed option").all_text_contents() == ["embeddings"]
    assert page.locator("section").count() == 2
    assert page.get_by_label("Question").input_value() == "Where was Marie Curie born?"
    about = page.locator("#ask .about").text_content()
    assert "CC-BY-SA-4.0 · int8 · reads 512 tokens at a time · English, German, Spanish, French" in about
    assert re.search(r"beside the float model: same answer 9\d\.\d %", about)


def test_the_answer_to_the_example_is_marked_in_its_text(visit: Visit) -> None:
    page = visit()
    press(page)
    assert page.locator("#ask mark").text_content() == "Warsaw"
    assert page.locator("#ask .answer").text_content() == "Warsaw"
    assert page.locator("#ask .text").text_content() == page.get_by_label("Text", exact=True).input_value()


def test_the_result_tells_the_model_the_time_by_phase_the_start_and_the_tokens(visit: Visit) -> None:
    page = visit()
    press(page)
    facts = page.locator("#ask .facts").text_content()
    for fact in ("model qa", "total ", "tokenize ", "invoke ", "router ", "start ", "tokens 3"):
        assert fact in facts
    cost = re.search(r"a million such requests \$(\d+\.\d+)", facts)
    assert cost is not None
    # The fees alone are 1.4 dollars.
    assert 1.4 < float(cost[1]) < 100
    meaning = page.locator("#ask .facts span", has_text="no answer score").get_attribute("title")
    assert "no answer" in meaning


@pytest.mark.parametrize("language", SCRIPTS)
def test_the_mark_is_at_its_place_in_every_script(visit: Visit, language: str) -> None:
    context, question, answer = SCRIPTS[language]
    page = visit()
    # Signs outside the basic plane count once on the server and twice in the browser.
    ask(page, question, f"🌉🌉🌉 {context}")
    page.locator("#ask mark").wait_for()
    assert page.locator("#ask mark").text_content() == page.locator("#ask .bar .what").first.text_content()
    assert answer in page.locator("#ask mark").text_content()
    assert page.locator("#ask .text").text_content() == f"🌉🌉🌉 {context}"


def test_a_text_that_reads_from_right_to_left_is_shown_so(visit: Visit) -> None:
    context, question, _ = SCRIPTS["ar"]
    page = visit()
    ask(page, question, context)
    page.locator("#ask mark").wait_for()
    for selector in ("#ask-context", "#ask-question", "#ask .text", "#ask .result .bar"):
        assert page.locator(selector).first.evaluate("(one) => getComputedStyle(one).direction") == "rtl"


def test_runners_up_light_up_in_the_text(visit: Visit) -> None:
    page = visit()
    press(page)
    rows = page.locator("#ask .result .bar")
    rows.nth(2).wait_for()
    assert scores(page, "ask") == sorted(scores(page, "ask"), reverse=True)
    for i in range(3):
        rows.nth(i).click()
        assert page.locator("#ask mark").text_content() == rows.nth(i).locator(".what").text_content()
        assert rows.nth(i).get_attribute("aria-pressed") == "true"
        assert page.locator("#ask .bar[aria-pressed=true]").count() == 1


def test_a_text_that_holds_no_answer_is_said_to_hold_none_with_the_best_guess(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Allow “no answer”").check()
    ask(page, "Where does the river Tavel rise?", "The mill at Harn makes electricity.")
    assert page.locator("#ask .answer").text_content() == "The text does not say."
    assert page.locator("#ask .guess").text_content().startswith("Best guess: ")


def test_a_score_below_the_limit_is_warned_of(visit: Visit) -> None:
    page = visit()
    answer = {"answer": "mill", "score": 0.04, "start": 4, "end": 8, "no_answer_score": 0.1, "model": "qa"}
    page.route("**/v1/qa", lambda route: route.fulfill(json=answer))
    ask(page, "Who?", "The mill at Harn.")
    warning = page.locator("#ask .low").text_content()
    assert warning.startswith("Low confidence (0.04)")
    assert "English, German, Spanish, French" in warning
    page.unroute("**/v1/qa")
    page.get_by_role("button", name="Load example").first.click()
    press(page)
    page.locator("#ask .answer", has_text="Warsaw").wait_for()
    assert page.locator("#ask .low").count() == 0


@pytest.mark.parametrize("language", SCRIPTS)
def test_a_script_that_the_model_does_not_know_is_warned_of(visit: Visit, language: str) -> None:
    context, question, answer = SCRIPTS[language]
    page = visit()
    ask(page, question, context)
    page.locator("#ask .facts").wait_for()
    warnings = page.locator("#ask .low", has_text="another language than this model knows").count()
    assert warnings == (0 if answer else 1)


def test_sentences_are_compared_with_the_first_and_with_each_other(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Sentences (one per line)").fill(
        "A swimmer crosses the lake.\nThe invoice is due on Friday.\n\nShe swims in the morning."
    )
    press(page, "embed")
    page.locator("#embed .result .bar").first.wait_for()
    assert page.locator("#embed .result .bar").first.text_content().startswith("She swims in the morning.")
    assert len(scores(page, "embed")) == 2
    assert scores(page, "embed") == sorted(scores(page, "embed"), reverse=True)
    cells = [float(text) for text in page.locator("#embed td").all_text_contents() if text]
    assert [cells[0], cells[4], cells[8]] == [1.0, 1.0, 1.0]
    assert (cells[1], cells[2], cells[5]) == (cells[3], cells[6], cells[7])


def test_entities_are_coloured_in_the_text_by_label(visit: Visit, tasks_url: str) -> None:
    page = visit(at=tasks_url)
    entities = [
        {"entity_group": "PER", "score": 0.99, "word": "Ada Lovelace", "start": 2, "end": 14},
        {"entity_group": "LOC", "score": 0.98, "word": "London", "start": 27, "end": 33},
    ]
    page.route("**/v1/ner", lambda route: route.fulfill(json={"entities": entities, "model": "ner"}))
    page.get_by_label("Text", exact=True).first.fill("🌉 Ada Lovelace was born in London.")
    press(page, "extract")
    page.locator("#extract mark").nth(1).wait_for()
    assert page.locator("#extract mark").all_text_contents() == ["Ada Lovelace", "London"]
    assert page.locator("#extract .bar i").all_text_contents() == ["PER", "LOC"]
    colours = page.locator("#extract mark").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colours)) == 2
    page.locator("#extract .result .bar").nth(1).click()
    assert page.locator("#extract mark.lit").text_content() == "London"


def test_every_task_has_a_section_that_real_models_answer(visit: Visit, tasks_url: str) -> None:
    page = visit(at=tasks_url)
    page.locator("#rerank").wait_for()
    assert "English, Traditional Chinese" in page.locator("#extract .about").text_content()
    for section in ("extract", "classify", "rerank"):
        press(page, section)
        page.locator(f"#{section} .facts").wait_for()
        assert page.locator(f"#{section} .problem").count() == 0
    assert scores(page, "classify") == sorted(scores(page, "classify"), reverse=True)
    assert sum(scores(page, "classify")) == pytest.approx(1, abs=0.02)
    assert page.locator("#classify .answer").text_content() in page.locator("#classify .bar").first.text_content()
    lines = page.get_by_label("Texts (one per line)").input_value().split("\n")
    assert sorted(page.locator("#rerank .result .bar .what").all_text_contents()) == sorted(lines)
    assert scores(page, "rerank") == sorted(scores(page, "rerank"), reverse=True)


def test_a_task_that_says_nothing_of_its_display_is_asked_in_json(visit: Visit) -> None:
    page = visit("/docs")
    description = page.evaluate("fetch('openapi.json').then((response) => response.json())")
    description["paths"]["/v1/qa"]["post"].pop("x-display")
    page.route("**/openapi.json", lambda route: route.fulfill(json=description))
    page.goto(page.url.removesuffix("docs"))
    press(page, "send")
    assert json.loads(page.locator("#send .result pre").first.text_content())["answer"] == "Warsaw"


def test_while_waiting_the_old_answer_is_gone_and_the_request_can_be_cancelled(visit: Visit) -> None:
    page = visit()
    press(page)
    page.locator("#ask mark").wait_for()
    page.route("**/v1/qa", lambda route: None)
    press(page)
    page.locator("#ask .waiting").wait_for()
    assert page.locator("#ask mark").count() == 0
    page.locator("#ask .waiting b", has_text="1 s").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The request was cancelled.").wait_for()
    page.unroute("**/v1/qa")
    press(page)
    assert page.locator("#ask mark").text_content() == "Warsaw"


def test_on_a_phone_the_result_comes_into_sight_and_has_the_focus(visit: Visit) -> None:
    page = visit(size=PHONE)
    page.locator("#ask").wait_for()
    assert not in_sight(page, "#ask-result")
    press(page)
    page.locator("#ask .facts").wait_for()
    assert in_sight(page, "#ask .answer")
    assert page.evaluate("document.activeElement.textContent") == "Result"
    # What is no answer is in sight, too.
    page.route("**/v1/qa", lambda route: route.abort())
    page.evaluate("scrollTo(0, 0)")
    press(page)
    page.locator("#ask .problem").wait_for()
    assert in_sight(page, "#ask .problem")


def in_sight(page: Any, selector: str) -> bool:
    box = page.locator(selector).first.bounding_box()
    return bool(box["y"] >= 0 and box["y"] + 20 < PHONE["height"])


def test_a_link_reproduces_the_question(visit: Visit) -> None:
    page = visit()
    page.locator("#ask select").first.select_option("multilingual-qa")
    page.get_by_label("Allow “no answer”").check()
    ask(page, "Wie lang ist die Brücke? 100%", "🌉 Die Brücke ist #84 Meter lang.\nUnd breit.")
    link = page.get_by_role("link", name="Link to this question")
    fragment = link.get_attribute("href")
    again = visit(f"/{fragment}")
    again.locator("#ask").wait_for()
    assert again.get_by_label("Question").input_value() == "Wie lang ist die Brücke? 100%"
    assert again.get_by_label("Text", exact=True).input_value() == "🌉 Die Brücke ist #84 Meter lang.\nUnd breit."
    assert again.locator("#ask select").first.input_value() == "multilingual-qa"
    assert again.get_by_label("Allow “no answer”").is_checked()
    assert again.locator("#ask .facts").count() == 0
    assert json.loads(unquote(fragment.partition("=")[2]))["top_k"] == 3


@pytest.mark.parametrize("fragment", ["#ask=%", "#ask=5", "#nothing={}", "#ask=%7B%22model%22%3A%22gone%22%7D"])
def test_a_broken_link_leaves_the_page_as_it_is(visit: Visit, fragment: str) -> None:
    page = visit(f"/{fragment}")
    press(page)
    assert page.locator("#ask mark").text_content() == "Warsaw"


# How each language runs a program on its standard input; OpenAI's client has an environment of its own.
RUNNERS = {
    "curl": ["bash", "-s"],
    "Python": [PROJECT_PYTHON, "-"],
    "JavaScript": ["node", "--input-type=module"],
    "OpenAI SDK": [str(Path(PROJECT_PYTHON).parents[2] / ".venv-clients" / "bin" / "python"), "-"],
}


@pytest.mark.parametrize("language", RUNNERS)
def test_the_code_of_each_tab_gets_the_same_answer(visit: Visit, language: str) -> None:
    page = visit()
    ask(page, 'Who\'s "it"? \\n 🌉', "Ada's brother wrote it; Ada did not. 'Here' <b> \\ $HOME `x` é.")
    expected = page.locator("#ask .answer").text_content()
    page.get_by_role("tab", name=language).first.click()
    code = page.locator("#ask [role=tabpanel]").text_content()
    assert expected in run(language, code)


@pytest.mark.parametrize("language", RUNNERS)
def test_the_code_of_each_tab_embeds(visit: Visit, language: str) -> None:
    page = visit()
    press(page, "embed")
    page.locator("#embed").get_by_role("tab", name=language).click()
    assert "0.0" in run(language, page.locator("#embed [role=tabpanel]").text_content())


def run(language: str, code: str) -> str:
    command = RUNNERS[language]
    if subprocess.run(["which", command[0]], capture_output=True).returncode:
        pytest.skip(f"There is no {command[0]} to run the code for {language}.")
    ran = subprocess.run(command, input=code, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_key_is_read_from_the_environment_in_every_language_and_never_shown(visit: Visit) -> None:
    page = visit()
    give(page, "secret-key")
    press(page)
    for language in RUNNERS:
        page.get_by_role("tab", name=language).first.click()
        code = page.locator("#ask [role=tabpanel]").text_content()
        assert "MODEL_ROUTER_KEY" in code
        assert "secret-key" not in code


def test_code_is_copied(visit: Visit) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page)
    page.get_by_role("tab", name="Python").first.click()
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#ask [role=tabpanel]").text_content()


def test_tabs_are_chosen_with_the_arrow_keys(visit: Visit) -> None:
    page = visit()
    press(page)
    page.get_by_role("tab", name="curl").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#ask [role=tab][aria-selected=true]").text_content() == "OpenAI SDK"
    assert "from openai import OpenAI" in page.locator("#ask [role=tabpanel]").text_content()


def test_options_are_sent_when_they_are_set(visit: Visit) -> None:
    page = visit()
    page.locator("#ask summary", has_text="Options").click()
    page.get_by_label("Answers", exact=True).fill("1")
    press(page)
    page.locator("#ask .facts").wait_for()
    assert len(scores(page, "ask")) == 1


def test_a_refusal_is_shown_as_the_message_it_is(visit: Visit) -> None:
    page = visit()
    ask(page, " ", "Ada wrote it.")
    message = page.locator("#ask .problem").text_content()
    assert "'question'" in message
    assert "status 400" in message


def test_an_empty_question_is_not_sent(visit: Visit) -> None:
    page = visit()
    ask(page, "", "Ada wrote it.")
    assert page.evaluate("document.querySelector('#ask-question').validity.valueMissing")
    assert page.locator("#ask .empty").is_visible()


def test_lines_of_spaces_alone_are_not_sent(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Sentences (one per line)").fill(" \n ")
    press(page, "embed")
    assert page.locator("#embed .problem").text_content() == "Write at least one line under “Sentences (one per line)”."


def test_a_server_that_cannot_be_reached_is_said_to_be(visit: Visit) -> None:
    page = visit()
    page.locator("#ask option").first.wait_for(state="attached")
    page.context.set_offline(True)
    press(page)
    assert page.locator("#ask .problem").text_content() == "The server cannot be reached. Try again in a moment."


def test_text_that_looks_like_markup_stays_text(visit: Visit) -> None:
    page = visit()
    ask(page, "Who keeps the lamp?", "<img src=x onerror=alert(1)> Ruth Calder keeps the <b>lamp</b>.")
    page.locator("#ask mark").wait_for()
    assert page.locator("#ask img, #ask .text b").count() == 0


def test_where_a_key_is_asked_for_the_page_asks_for_it(visit: Visit) -> None:
    with running(api_keys="a person's key") as locked:
        page = visit(at=locked.url)
        page.get_by_text("This router asks for an API key.").wait_for()
        give(page, "a person's key")
        ask(page, "Who wrote it?", "Ada wrote it.")
        assert page.locator("#ask mark").text_content() == "Ada"
        assert page.locator("#trouble").is_hidden()


def test_a_key_that_no_header_can_carry_is_said_to_be_one(visit: Visit) -> None:
    page = visit()
    page.locator("#ask option").first.wait_for(state="attached")
    give(page, "ключ")
    page.get_by_text("This API key has characters that a header cannot carry.").wait_for()


def test_another_key_leaves_what_was_written(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Question").fill("Who wrote it?")
    page.get_by_label("Model").first.select_option("multilingual-qa")
    with page.expect_response("**/v1/models"):
        give(page, "another")
    press(page)
    assert "model multilingual-qa" in page.locator("#ask .facts").text_content()
    assert page.get_by_label("Question").input_value() == "Who wrote it?"


@pytest.mark.parametrize("size", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
def test_nothing_is_wider_than_the_screen(visit: Visit, size: dict[str, int]) -> None:
    page = visit(size=size)
    press(page)
    page.locator("#ask mark").wait_for()
    press(page, "embed")
    page.locator("#embed .facts").wait_for()
    for language in ("curl", "Python", "JavaScript", "OpenAI SDK"):
        for tab in page.get_by_role("tab", name=language).all():
            tab.click()
        assert not overflows(page)
    ask(page, "Who?", "Ada" * 200)
    page.locator("#ask mark", has_text="AdaAda").wait_for()
    assert not overflows(page)
