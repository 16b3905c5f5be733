"""Contexts of 100,000 characters."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.long_context import ANSWER, QUESTION, context_of
from shared.contract import load
from shared.manifest import Manifest
from tests.encoder.fakes import vocabulary
from tests.question_answering.checkpoints import Checkpoints, ask
from tests.question_answering.fakes import answering, asked_for


def test_every_window_of_a_long_context_is_looked_at() -> None:
    context = "Anna likes it. " * 6600 + "Paris, " + "Anna likes it. " * 50
    answer = answering(run=asked_for({vocabulary("wordpiece")["paris"]}))("Where?", context)["answers"][0]
    assert (answer["answer"], answer["start"]) == ("Paris", 15 * 6600)


@pytest.mark.parametrize("name", ["wordpiece", "unigram", "byte-bpe"])
def test_thousands_of_letters_without_a_space_are_read(name: str) -> None:
    result = answering(name=name)("Where?", "ab" * 10_000)
    assert result["answers"][0]["score"] > 0


@pytest.mark.torch
def test_a_long_context_has_the_same_answers_whatever_the_threads(checkpoints: Checkpoints, tmp_path: Path) -> None:
    artifact = shutil.copytree(checkpoints.artifact("bert", "onnx"), tmp_path / "alone")
    # As for a quantized artifact, each window runs alone: with two threads one on each.
    replace(Manifest.read(artifact), batched=False).write(artifact)
    one, two = (load(artifact, threads) for threads in (1, 2))
    context = context_of(5_000)
    assert ask(one, QUESTION, context, top_k=20) == ask(two, QUESTION, context, top_k=20)


@pytest.mark.slow
@pytest.mark.torch
def test_an_answer_near_the_end_of_100_000_characters_is_found(checkpoints: Checkpoints) -> None:
    context = context_of(100_000)
    result = ask(checkpoints.model("reader", "onnx"), QUESTION, context)
    assert result["answers"][0]["answer"] == ANSWER
    assert result["answers"][0]["start"] == context.index(ANSWER)
