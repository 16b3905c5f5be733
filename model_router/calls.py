"""`model-router ask`, `rerank`, `classify`, `entities`: one request each, and its answer for people or as JSON."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from model_router.options import LOCAL, AsJson, Key, ModelId, Url
from model_router.problem import Problem

ASK = (
    "model-router ask 'Who keeps the lamp?' -c 'Ruth keeps the lamp.'",
    "model-router ask 'Who is the supplier?' --file contract.txt --top-k 3",
)
RERANK = (
    "model-router rerank 'How long is it?' 'It is 84 metres long.' 'It rains.'",
    "model-router rerank 'bridge' --file documents.txt --top-n 2 --json",
)
CLASSIFY = ("model-router classify 'The staff were kind.' 'The room was cold.'",)
ENTITIES = ("model-router entities 'Ada Lovelace was born in London.'",)
STDIN = Path("-")

Texts = Annotated[list[str] | None, typer.Argument(metavar="TEXT...", help="The texts; else --file or stdin.")]
LinesFile = Annotated[Path | None, typer.Option("--file", "-f", help="A file with one text a line; - is stdin.")]


def ask(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    context: Annotated[str | None, typer.Option("--context", "-c", help="The text that holds the answer.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A file with that text; - is stdin.")] = None,
    top_k: Annotated[int, typer.Option(min=1, help="How many answers to show.")] = 1,
    no_answer: Annotated[bool, typer.Option("--allow-no-answer", help="Let the model say that there is none.")] = False,
    task: Annotated[str, typer.Option(help="The route, such as multilingual-qa.")] = "qa",
    model: ModelId = None,
    as_json: AsJson = False,
    url: Url = LOCAL,
    key: Key = None,
) -> None:
    """Answer a question from a text: the answer is always a part of it."""
    if context is not None and file is not None:
        raise Problem("--context and --file exclude each other: give one.")
    text = context if context is not None else _read(file)
    body = {"question": question, "context": text, "top_k": top_k, "allow_no_answer": no_answer}
    answer = _post(url, key, task, model, body)
    if as_json:
        return _print_json(answer)
    from model_router.show import show_answers

    show_answers(text, answer)


def rerank(
    query: Annotated[str, typer.Argument(help="What is looked for.")],
    documents: Texts = None,
    file: LinesFile = None,
    top_n: Annotated[int | None, typer.Option(min=1, help="Show the best ones only.")] = None,
    task: Annotated[str, typer.Option(help="The route.")] = "rerank",
    model: ModelId = None,
    as_json: AsJson = False,
    url: Url = LOCAL,
    key: Key = None,
) -> None:
    """Order texts by how relevant they are to a query."""
    texts = _texts(documents, file)
    body = {"query": query, "documents": texts, **({} if top_n is None else {"top_n": top_n})}
    answer = _post(url, key, task, model, body)
    if as_json:
        return _print_json(answer)
    from model_router.show import show_scores

    show_scores([(one["relevance_score"], texts[one["index"]]) for one in answer["results"]])


def classify(
    texts: Texts = None,
    file: LinesFile = None,
    top_k: Annotated[int, typer.Option(min=1, help="How many labels of each text to show.")] = 1,
    task: Annotated[str, typer.Option(help="The route.")] = "sentiment",
    model: ModelId = None,
    as_json: AsJson = False,
    url: Url = LOCAL,
    key: Key = None,
) -> None:
    """Give each text the label that fits it best."""
    given = _texts(texts, file)
    answer = _post(url, key, task, model, {"text": given, "top_k": top_k})
    if as_json:
        return _print_json(answer)
    from model_router.show import show_labels

    show_labels(given, answer["results"])


def entities(
    texts: Texts = None,
    file: LinesFile = None,
    task: Annotated[str, typer.Option(help="The route.")] = "ner",
    model: ModelId = None,
    as_json: AsJson = False,
    url: Url = LOCAL,
    key: Key = None,
) -> None:
    """Find persons, places and other names in texts."""
    given = _texts(texts, file)
    answer = _post(url, key, task, model, {"text": given})
    if as_json:
        return _print_json(answer)
    from model_router.show import show_entities

    show_entities(given, [one["entities"] for one in answer["results"]])


def _post(url: str, key: str | None, task: str, model: str | None, body: dict[str, Any]) -> Any:
    """Send a request to the task, or to the one that the model named belongs to. Raises Problem."""
    from model_router.client import Client

    # A model that is still loading says so for some seconds.
    with Client(url, key, patience_s=20) as client:
        if model is not None:
            task, body = client.model(task, model)["task"], {**body, "model": model}
        return client.post(f"/v1/{task}", body)[0]


def _texts(given: list[str] | None, file: Path | None) -> list[str]:
    """Return the texts of the command line, else the lines of a file or of stdin that are not empty."""
    if given and file is not None:
        raise Problem("Texts and --file exclude each other: give one.")
    texts = given or [line for line in _read(file).splitlines() if line.strip()]
    if not texts:
        raise Problem("There is no text: give one, name a file with --file, or pipe it into this command.")
    return texts


def _read(file: Path | None) -> str:
    if file is None and sys.stdin.isatty():
        raise Problem("There is no text: give one, name a file with --file, or pipe it into this command.")
    try:
        data = sys.stdin.buffer.read() if file is None or file == STDIN else file.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"{file or 'stdin'} is not UTF-8 text: convert it, for instance with iconv.") from None


def _print_json(answer: Any) -> None:
    print(json.dumps(answer, ensure_ascii=False))
