"""The texts that artifacts are measured on."""

from collections import Counter

from models.texts import pairs

TEXTS = pairs()
QUESTIONS = [question for text in TEXTS for question in text.questions]
LANGUAGES = {"ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ro", "ru", "tr", "zh"}


def test_there_are_at_least_four_hundred_pairs() -> None:
    assert len(QUESTIONS) >= 400
    assert all(text.questions for text in TEXTS)


def test_there_are_fourteen_languages() -> None:
    assert {text.language for text in TEXTS} == LANGUAGES


def test_none_is_there_twice() -> None:
    counted = Counter(text.paragraph for text in TEXTS) + Counter(QUESTIONS)
    assert [text for text, count in counted.items() if count > 1] == []


def test_none_is_empty_or_has_space_around_it() -> None:
    assert all(text and text == text.strip() for text in [*QUESTIONS, *(text.paragraph for text in TEXTS)])
