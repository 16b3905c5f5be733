"""Compares the answers of the embedded models' images on x86_64 and on arm64: 50 questions and 200 texts.

Needs a container engine. One of the two kinds of image runs by emulation (QEMU's user mode, registered with
binfmt_misc), which is slow: what is compared is what the instructions of each processor give, not how fast.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.results import FULL, ROOT, Results
from benchmarks.spread import significant
from benchmarks.subjects import EMBEDDED
from local.engine import Network, engine
from local.images import Images, invoke
from models.progress import bar, say
from models.texts import pairs
from services.embeddings import build as embeddings
from services.question_answering import build as question_answering
from shared.catalog import Catalog
from shared.deployment import BASE_IMAGE
from shared.golden import cosine

QUESTIONS, TEXTS, BATCH = 50, 200, 10
# Of an emulated processor: from the start of the interpreter to the first answer.
START_S, ANSWER_S = 600, 900
# What needs no questions to be found again among texts.
GATES = {
    "qa": list(question_answering.GATE.items()),
    "embeddings": [(name, least) for name, least in embeddings.GATE.items() if name.startswith("cosine")],
}
Request = dict[str, Any]


def requests() -> dict[str, list[Request]]:
    """The requests to each model: the first questions and texts of every language in turn."""
    everything = pairs()
    languages = dict.fromkeys(one.language for one in everything)
    of = {language: [one for one in everything if one.language == language] for language in languages}
    mixed = [of[language][i] for i in range(max(map(len, of.values()))) for language in of if i < len(of[language])]
    questions = [(question, one.paragraph) for one in mixed for question in one.questions][:QUESTIONS]
    texts = [text for one in mixed for text in one.texts][:TEXTS]
    some = [questions[i : i + BATCH] for i in range(0, QUESTIONS, BATCH)]
    return {
        "qa": [{"question": [q for q, _ in batch], "context": [c for _, c in batch]} for batch in some],
        "embeddings": [{"input": texts[i : i + BATCH]} for i in range(0, TEXTS, BATCH)],
    }


def answers(images: Images, model: str, network: Network, asked: list[Request]) -> list[Any]:
    """Ask the image of one model, and return its result for each request. Raises RuntimeError where there is none."""
    spec = images.catalog[model]
    function = images.function(spec, images.build(spec), network)
    function = replace(function, timeout_s=ANSWER_S, init_timeout_s=START_S, max_sandboxes=1)
    label = f"{model} on {images.architecture}"
    replies = asyncio.run(invoke(function, ({"request": request} for request in bar(asked, label))))
    if failed := [reply for reply in replies if "result" not in reply]:
        raise RuntimeError(f"{label}: no answer but {failed[0]}")
    return [reply["result"] for reply in replies]


def compare(model: str, one: list[Any], other: list[Any]) -> dict[str, Any]:
    """Say how alike the replies of two processors are, by the figures of the gate that quantization has to pass."""
    pairs_of = list(_items("results" if model == "qa" else "embeddings", one, other))
    figures = _answers_alike(pairs_of) if model == "qa" else _vectors_alike(pairs_of)
    passes = all(
        figures[name] <= bound if name.endswith("drift") else figures[name] >= bound for name, bound in GATES[model]
    )
    rounded = {name: significant(figure, 6) for name, figure in figures.items()}
    return {"model": model, "items": len(pairs_of), **rounded, "passes_gate": passes}


def _answers_alike(items: list[tuple[Any, Any]]) -> dict[str, float]:
    tops = [(a["answers"][0], b["answers"][0]) for a, b in items]
    drifts = [abs(a["score"] - b["score"]) for a, b in tops]
    return {
        "same_answer": sum((a["start"], a["end"]) == (b["start"], b["end"]) for a, b in tops) / len(tops),
        "mean_score_drift": sum(drifts) / len(drifts),
        "max_score_drift": max(drifts),
        "mean_null_drift": sum(abs(a["no_answer_score"] - b["no_answer_score"]) for a, b in items) / len(items),
    }


def _vectors_alike(items: list[tuple[str, str]]) -> dict[str, float]:
    cosines = [cosine(a, b) for a, b in items]
    return {"cosine_mean": sum(cosines) / len(cosines), "cosine_min": min(cosines)}


def _items(field: str, one: list[Any], other: list[Any]) -> Iterator[tuple[Any, Any]]:
    for golden, answer in zip(one, other, strict=True):
        yield from zip(golden[field], answer[field], strict=True)


def measure(bases: dict[str, str]) -> None:
    """Build both images of each model on the base of its processor, ask both the same, and keep the rows."""
    own, catalog = engine(), Catalog.read(EMBEDDED)
    rows = []
    with own.network() as network:
        for model, asked in requests().items():
            kinds = [
                Images(catalog=catalog, root=ROOT, engine=own, base=base, architecture=architecture)
                for architecture, base in bases.items()
            ]
            rows.append(compare(model, *(answers(images, model, network, asked) for images in kinds)))
            say(json.dumps(rows[-1]))
    Results(FULL).write("architectures", rows, unit="answers", one="x86_64", other="arm64")


def main(arguments: list[str]) -> None:
    """Parse the names of the base images, and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.architectures", description=__doc__)
    parser.add_argument("--base", default=BASE_IMAGE, help="the base image for x86_64 (default: %(default)s)")
    parser.add_argument("--arm64-base", default=BASE_IMAGE, help="the base image for arm64 (default: %(default)s)")
    options = parser.parse_args(arguments)
    measure({"x86_64": options.base, "arm64": options.arm64_base})


if __name__ == "__main__":
    main(sys.argv[1:])
