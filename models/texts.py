"""Reads the texts that artifacts are measured on: paragraphs in many languages, and questions that each answers.

Written for this project, most facts in them invented; one file per language in `models/texts/`. A question names what
it is about, so that it belongs to one paragraph among all.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A text in one language (ISO 639-1), and questions whose answer is a short span of it."""

    language: str
    paragraph: str
    questions: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The paragraph and its questions."""
        return self.paragraph, *self.questions


def pairs() -> list[Paragraph]:
    """Return all paragraphs, by language and in their file's order."""
    return [paragraph for path in sorted(FOLDER.glob("*.json")) for paragraph in _read(path)]


def _read(path: Path) -> list[Paragraph]:
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [
        Paragraph(language=path.stem, paragraph=entry["paragraph"], questions=tuple(entry["questions"]))
        for entry in entries
    ]
