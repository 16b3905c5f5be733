"""Made-up question/paragraph rows in seven languages, for languages and phrasings that the open data sets lack.

    python models/embedded/reader/templates.py OUT.json [--seed 31]

Each paragraph strings together statements about figures, firms and abbreviations. A question asks about one of them,
and the answer stops before brackets and comparisons ("rose to 4.2 % (up 1.1 %)"). Some questions ask about what is not
there. The words are in templates.toml; what is written is in SQuAD's format.
"""

import argparse
import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("templates.toml").read_text(encoding="utf-8"))
LANGUAGES: dict[str, Any] = WORDS["languages"]
SENTENCES = (4, 9)
QUESTIONS_PER_PARAGRAPH = 3
# Of statements, those about figures; of paragraphs' questions, those without an answer.
FIGURES, UNANSWERABLE = 0.75, 0.12


@dataclass(frozen=True, kw_only=True)
class Row:
    """A question about a context, and where the context answers it; None for nowhere."""

    question: str
    context: str
    answer: str | None = None
    start: int = 0

    def to_json(self, number: int) -> dict[str, Any]:
        """A paragraph of SQuAD's format."""
        answers = [] if self.answer is None else [{"text": self.answer, "answer_start": self.start}]
        asked = {"id": f"template-{number}", "question": self.question, "is_impossible": not answers}
        return {"context": self.context, "qas": [{**asked, "answers": answers}]}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A sentence about `subject`, and the questions it answers, each with its answer."""

    subject: str
    sentence: str
    questions: tuple[tuple[str, str], ...]


class Generator:
    """Rows of one seed: the same seed gives the same rows."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def all(self) -> Iterator[Row]:
        """Every language's rows, then those about abbreviations."""
        for language, words in LANGUAGES.items():
            yield from self.rows(language, words["rows"])
        for _ in range(WORDS["abbreviation_rows"]):
            yield self.abbreviation()

    def rows(self, language: str, count: int) -> Iterator[Row]:
        """`count` answerable rows, and now and then an unanswerable one."""
        chance = self._random
        while count > 0:
            statements = self._paragraph(language)
            context = " ".join(statement.sentence for statement in statements)
            asked = chance.sample(statements, min(QUESTIONS_PER_PARAGRAPH, len(statements), count))
            count -= len(asked)
            for statement in asked:
                question, answer = chance.choice(statement.questions)
                start = context.index(statement.sentence) + statement.sentence.rindex(answer)
                yield Row(question=question, context=context, answer=answer, start=start)
            article, noun = self._noun(language)
            if chance.random() < UNANSWERABLE and noun not in context:
                question = chance.choice(LANGUAGES[language]["questions"]).format(n=f"{article} {noun}")
                yield Row(question=question, context=context)

    def abbreviation(self) -> Row:
        """An English row that asks what an abbreviation stands for."""
        chance = self._random
        short, full = chance.choice(list(WORDS["abbreviations"].items()))
        sentences = [statement.sentence for statement in self._paragraph("en")][: chance.randint(1, 4)]
        template = chance.choice(WORDS["abbreviation_statements"])
        sentence = template.format(a=short, f=full, m=chance.choice(WORDS["people"]))
        sentences.insert(chance.randint(0, len(sentences)), sentence)
        context = " ".join(sentences)
        question = chance.choice(WORDS["abbreviation_questions"]).format(a=short, b=short[0])
        return Row(question=question, context=context, answer=full, start=context.index(full))

    def _paragraph(self, language: str) -> list[Statement]:
        """Statements about different things."""
        found: dict[str, Statement] = {}
        for _ in range(self._random.randint(*SENTENCES)):
            about_figures = self._random.random() < FIGURES
            statement = self._figure(language) if about_figures else self._foundation(language)
            found.setdefault(statement.subject, statement)
        return list(found.values())

    def _figure(self, language: str) -> Statement:
        """A statement that compares two values, of which the question asks for one."""
        chance, words = self._random, LANGUAGES[language]
        article, noun = self._noun(language)
        answer = other = self._value(language)
        while answer in other or other in answer:
            other = self._value(language)
        subject = f"{article} {noun}"
        p, q = (chance.choice(words["periods"]) for _ in "pq")
        sentence = chance.choice(words["statements"]).format(N=subject, n=subject, v=answer, w=other, p=p, q=q)
        question = chance.choice(words["questions"]).format(n=subject)
        return Statement(subject=noun, sentence=_sentence(sentence), questions=((question, answer),))

    def _foundation(self, language: str) -> Statement:
        """A statement of who founded a firm, when and where."""
        chance, words = self._random, LANGUAGES[language]
        firm, year = chance.choice(WORDS["firms"]), str(chance.randint(1820, 2019))
        fields = {"o": firm, "y": year, "m": chance.choice(WORDS["people"]), "c": chance.choice(WORDS["cities"])}
        asked = [(entry["question"].format(**fields), fields[entry["answer"]]) for entry in words["founded_questions"]]
        return Statement(subject=firm, sentence=_sentence(words["founded"].format(**fields)), questions=tuple(asked))

    def _noun(self, language: str) -> tuple[str, str]:
        """Article and noun, each noun equally likely."""
        articles = LANGUAGES[language]["nouns"]
        return self._random.choice([(article, noun) for article, nouns in articles.items() for noun in nouns])

    def _value(self, language: str) -> str:
        """A percentage, a sum of money or a bare number, as the language writes it."""
        chance, words = self._random, LANGUAGES[language]
        point, thousands = (".", ",") if language == "en" else (",", " " if language == "fr" else ".")
        fraction = f"{chance.randint(1, 99)}{point}{chance.randint(0, 9)}"
        kind = chance.random()
        if kind < 0.15:
            return fraction
        if kind < 0.6:
            return (fraction if kind < 0.5 else str(chance.randint(1, 99))) + self._percent(language)
        large = f"{chance.randint(1, 9)}{thousands}{chance.randint(100, 999)}"
        return f"{large if kind < 0.8 else chance.randint(10, 999)} {chance.choice(words['money'])}"

    def _percent(self, language: str) -> str:
        unit = self._random.choice(LANGUAGES[language]["percent"])
        tight = unit == "%" and language not in ("fr", "de") and self._random.random() < 0.6
        return unit if tight else f" {unit}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def main() -> None:
    """Write the rows of one seed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=31)
    chosen = parser.parse_args()
    paragraphs = [row.to_json(number) for number, row in enumerate(Generator(chosen.seed).all())]
    content = {"data": [{"title": "templates", "paragraphs": paragraphs}]}
    chosen.out.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
