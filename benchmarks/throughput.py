"""Throughput of embeddings: tokens a second for texts of realistic mixed lengths, against other servers.

The same weights, texts and threads, all texts of a request handed over at once; and how near each one's vectors are to
the float model's, so that no speed stands without its quality.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.command import Run, main
from benchmarks.peers import peers
from benchmarks.process import Died, Process
from benchmarks.spread import Spread, flat, ratio, significant
from benchmarks.subjects import Subject, subjects
from models.progress import bar, say
from models.texts import pairs
from services.embeddings.model import decode_vectors
from services.embeddings.request import Reply
from shared.encoder.tokenizer import open_tokenizer

THREADS = (1, 2)
TEXTS = 96
REFERENCE = "sentence-transformers"


def measure(run: Run) -> None:
    """Measure every side on every number of threads, and keep the rows."""
    rows: list[dict[str, Any]] = []
    texts = mixed(TEXTS)
    lengths: list[int] = []
    for subject in subjects(large=False):
        if subject.service == "embeddings":
            lengths = tokens_of(subject, texts)
            for threads in THREADS:
                rows += _rows(run, subject, threads, texts, sum(lengths))
    spread = Spread.of(lengths).to_json()
    run.results.write("throughput", rows, unit="tokens/s", texts=TEXTS, tokens=sum(lengths), lengths=spread)


def mixed(count: int, seed: int = 7) -> list[str]:
    """English texts as an index meets them: half questions, the others paragraphs, some of two."""
    paragraphs = [entry for entry in pairs() if entry.language == "en"]
    chance = random.Random(seed)
    texts = []
    for number in range(count):
        entry = chance.choice(paragraphs)
        if number % 2:
            texts.append(chance.choice(entry.questions))
        else:
            second = [chance.choice(paragraphs).paragraph] if number % 8 == 0 else []
            texts.append(" ".join([entry.paragraph, *second]))
    return texts


def tokens_of(subject: Subject, texts: list[str]) -> list[int]:
    """How many tokens the model reads of each text."""
    tokenizer = open_tokenizer(subject.artifact)
    return [min(len(tokenizer.encode(text).ids), subject.manifest.max_tokens) for text in texts]


def _rows(run: Run, subject: Subject, threads: int, texts: list[str], tokens: int) -> Iterator[dict[str, Any]]:
    request = {"input": texts}
    sides = [subject.side("service", threads), *peers(subject, threads)]
    taken: dict[str, list[list[float]]] = {}
    found: dict[str, NDArray[np.float32]] = {}
    failed: dict[str, str] = {}
    with ExitStack() as stack:
        running: dict[str, Process] = {}
        for side in bar(sides, f"{subject.name}, {threads} threads: starting"):
            try:
                running[side.name] = stack.enter_context(Process(side, request))
            except Died as problem:
                failed[side.name] = str(problem)
        for _ in bar(range(run.choose(4, 1, 1)), f"{subject.name}, {threads} threads: throughput"):
            for name, process in running.items():
                reply = process.ask(request, 1)
                taken.setdefault(name, []).append(reply["ms"])
                found[name] = _vectors(reply["answer"])
    for name, rounds in taken.items():
        row = {**subject.facts(), "threads": threads, "side": name, **_speed(flat(rounds), tokens)}
        row |= _quality(found[name], found[REFERENCE])
        say(f"{threads} threads, {name}: {row['median']:.0f} tokens/s")
        yield row | ({} if name == "service" else {"ratio": ratio(rounds, taken["service"])})
    yield from ({"model": subject.name, "threads": threads, "side": name, "died": how} for name, how in failed.items())


def _vectors(answer: Any) -> NDArray[np.float32]:
    if isinstance(answer, dict):
        return decode_vectors(cast(Reply, answer))
    return np.array(answer, dtype=np.float32)


def _speed(ms: list[float], tokens: int) -> dict[str, Any]:
    """Tokens a second. The tails are of the rates: `least` was the slowest."""
    return Spread.of([tokens / taken * 1000 for taken in ms]).to_json()


def _quality(vectors: NDArray[np.float32], reference: NDArray[np.float32]) -> dict[str, float]:
    """Cosines to the float model's vectors."""
    cosines = np.sum(vectors * reference, axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(reference, axis=1)
    return {
        "cosine_mean": significant(float(cosines.mean()), 5),
        "cosine_min": significant(float(cosines.min()), 5),
    }


if __name__ == "__main__":
    main(measure, __doc__)
