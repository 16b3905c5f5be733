"""Prints answers for people. Texts are shown as they are: nothing in them is markup."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

CHARACTERS_AROUND = 120
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


def console() -> Console:
    """Return stdout; wide where it is no terminal, so that pipes get whole lines."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=10_000)


def show_answers(context: str, answer: Mapping[str, Any]) -> None:
    """Show each answer with its score, and the best one where it stands in the context."""
    out = console()
    answers = answer.get("answers") or [answer]
    best = answers[0]
    if not best["answer"]:
        out.print(Text(f"The text does not say ({best['score']:.2f})."))
        return
    for one in answers:
        said = (one["answer"], "bold") if one["answer"] else ("no answer", "italic")
        out.print(Text.assemble(f"{one['score']:.2f}  ", said))
    first, last = max(0, best["start"] - CHARACTERS_AROUND), best["end"] + CHARACTERS_AROUND
    around = Text(context[first:last])
    around.stylize("reverse", best["start"] - first, best["end"] - first)
    out.print(around)


def show_scores(scored: Sequence[tuple[float, str]]) -> None:
    """Show texts with their scores, in the order given."""
    _rows(("score", "text"), [(f"{score:.4f}", text) for score, text in scored])


def show_labels(texts: Sequence[str], results: Sequence[Mapping[str, Any]]) -> None:
    """Show the labels of each text."""
    rows = []
    for text, result in zip(texts, results, strict=True):
        labels = result.get("labels") or [result]
        rows.append((", ".join(f"{one['label']} {one['score']:.4f}" for one in labels), text))
    _rows(("label", "text"), rows)


def show_entities(texts: Sequence[str], found: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    """Show each text with its entities coloured, then a line for each of them."""
    out = console()
    groups = sorted({one["entity_group"] for entities in found for one in entities})
    colours = {group: COLOURS[index % len(COLOURS)] for index, group in enumerate(groups)}
    for text, entities in zip(texts, found, strict=True):
        shown = Text(text)
        for one in entities:
            shown.stylize(f"bold {colours[one['entity_group']]}", one["start"], one["end"])
        out.print(shown)
        for one in entities:
            group = Text(one["entity_group"], colours[one["entity_group"]])
            out.print(Text.assemble("  ", group, f"  {one['word']}  {one['score']:.4f}"))


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a table."""
    _rows(header, rows)


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)
