"""Exact match and F1 on files in SQuAD's format."""

import json
from pathlib import Path

import pytest

from benchmarks.squad import Question, Score, exact_match, f1, read


def test_case_punctuation_and_articles_do_not_count() -> None:
    assert exact_match("The Tower, of LONDON!", ["tower of london"]) == 1.0


def test_the_best_reference_counts() -> None:
    assert f1("in 1871", ["four years", "1871"]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("answer", "right"), [("", 1.0), ("1871", 0.0)])
def test_where_there_is_no_reference_only_no_answer_is_right(answer: str, right: float) -> None:
    assert (exact_match(answer, []), f1(answer, [])) == (right, right)


def test_no_answer_to_an_answerable_question_is_wrong() -> None:
    assert (exact_match("", ["1871"]), f1("", ["1871"])) == (0.0, 0.0)


def test_characters_are_words_in_scripts_without_spaces() -> None:
    assert f1("東京都", ["東京"]) == pytest.approx(4 / 5)


def test_equal_characters_in_another_form_are_equal() -> None:
    assert exact_match("ﬁnal cafe\u0301", ["final café"]) == 1.0


def test_scores_are_means_in_percent() -> None:
    questions = [
        Question(question="a", context="", answers=("x y",)),
        Question(question="b", context="", answers=()),
    ]
    assert Score.of(questions, ["x", "z"]) == Score(
        questions=2, exact_match=0.0, f1=33.33, f1_answerable=66.67, f1_unanswerable=0.0
    )


def test_a_file_of_either_version_is_read(tmp_path: Path) -> None:
    asked = [
        {"id": "1", "question": "Who?", "answers": [{"text": "Anna", "answer_start": 0}]},
        {"id": "2", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"data": [{"title": "t", "paragraphs": [{"context": "Anna.", "qas": asked}]}]}))
    assert [question.answers for question in read(path)] == [("Anna",), ()]


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"data": [{"title": "t"}]}))
    with pytest.raises(ValueError, match="SQuAD's format"):
        read(path)
