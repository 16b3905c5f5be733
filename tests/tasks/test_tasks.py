"""What every task module promises, and how its requests split and its replies merge."""

import base64
import pkgutil
import random
import struct

import pytest
from pydantic import BaseModel

import shared.tasks
from shared.errors import InvalidRequest
from shared.tasks import Task, UnknownService, embeddings, question_answering, task

QA: Task = question_answering
EMBEDDINGS: Task = embeddings
SERVICES = [module.name for module in pkgutil.iter_modules(shared.tasks.__path__)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_task_is_complete(service: str) -> None:
    found = task(service)
    body = found.Native.model_validate(found.EXAMPLE)
    request = body.request()
    assert isinstance(request, BaseModel)
    assert found.Request.model_validate(request.model_dump()) == request
    assert found.LIMITS.items
    assert found.LIMITS.characters
    assert found.PART_BYTES > 0
    assert body.model is None
    assert body.remedy.endswith(".")


@pytest.mark.parametrize("service", ["translation", "", "question-answering", "../etc"])
def test_an_unknown_service_says_where_it_would_be(service: str) -> None:
    with pytest.raises(UnknownService, match="There is no service"):
        task(service)


def test_questions_split_and_merge_in_order() -> None:
    request = question_answering.Request(question=["a", "b", "c"], context=["x", "y", "z"], top_k=2)
    first, rest = request.take(0, 1), request.take(1, None)
    assert (first.question, first.context, first.top_k) == (["a"], ["x"], 2)
    assert (rest.question, rest.context) == (["b", "c"], ["y", "z"])

    def reply(*scores: float) -> question_answering.Reply:
        return question_answering.Reply.model_validate(
            {"results": [{"answers": [], "no_answer_score": s} for s in scores]}
        )

    merged = question_answering.Reply.merge([reply(1), reply(2, 3)])
    assert [spans.no_answer_score for spans in merged.results] == [1, 2, 3]
    assert merged.items == 3


def test_embeddings_split_and_merge_in_order() -> None:
    request = embeddings.Request(input=["a", "b", "c"], dimensions=2)
    assert (request.take(1, 2).input, request.take(1, 2).dimensions) == (["b"], 2)
    parts = [embeddings.Reply(embeddings=[v], dimensions=2, tokens=[t]) for v, t in (("x", 1), ("y", 2))]
    merged = embeddings.Reply.merge(parts)
    assert (merged.embeddings, merged.dimensions, merged.tokens, merged.items) == (["x", "y"], 2, [1, 2], 2)


@pytest.mark.parametrize(
    ("question", "context", "pairs"),
    [
        ("q", "c", (["q"], ["c"])),
        ("q", ["c", "d"], (["q", "q"], ["c", "d"])),
        (["p", "q"], "c", (["p", "q"], ["c", "c"])),
        (["p", "q"], ["c", "d"], (["p", "q"], ["c", "d"])),
    ],
)
def test_a_single_text_goes_with_each_of_the_others(
    question: str | list[str], context: str | list[str], pairs: tuple[list[str], list[str]]
) -> None:
    assert question_answering.paired(question, context) == pairs


def test_unequal_numbers_are_refused_with_both() -> None:
    with pytest.raises(InvalidRequest, match="2 questions and 3 contexts"):
        question_answering.paired(["a", "b"], ["c", "d", "e"])


def test_the_predicted_size_of_an_answer_is_close_to_the_real_one() -> None:
    rng = random.Random(7)
    texts = [f"text {i}" for i in range(50)]
    numbers = [[rng.gauss(0, 0.05) for _ in range(384)] for _ in texts]
    packed = [base64.b64encode(struct.pack("<384f", *vector)).decode() for vector in numbers]
    reply = embeddings.Reply(embeddings=packed, dimensions=384, tokens=[3] * len(texts))
    for encoding_format in ("float", "base64"):
        body = embeddings.Native(input=texts, encoding_format=encoding_format)
        real = len(body.answer(reply, "embeddings"))
        assert body.answer_bytes(384) == pytest.approx(real, rel=0.03)
