"""The texts that artifacts are measured on are as many, as different and as long as the gate needs."""

from collections import Counter

from models.texts import FOLDER, pairs

# Chinese and Japanese are written without spaces.
UNSPACED = {"zh", "ja"}


def test_there_are_enough_paragraphs_and_questions_in_each_language() -> None:
    paragraphs = Counter(text.language for text in pairs())
    assert paragraphs.total() >= 110
    assert sum(len(text.questions) for text in pairs()) >= 420
    assert paragraphs["en"] >= 40
    assert all(paragraphs[language] >= 20 for language in ("de", "es", "fr"))
    assert len(paragraphs) >= 14


def test_no_text_occurs_twice() -> None:
    texts = [text for pair in pairs() for text in pair.texts]
    repeated = {text for text, count in Counter(texts).items() if count > 1}
    assert repeated == set()


def test_every_text_says_something() -> None:
    for text in pairs():
        assert text.paragraph == text.paragraph.strip()
        assert len(text.questions) >= 3
        assert all(question == question.strip() and len(question) > 5 for question in text.questions)
        if text.language not in UNSPACED:
            assert 40 <= len(text.paragraph.split()) <= 160


def test_languages_are_named_by_their_files() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {text.language for text in pairs()}
