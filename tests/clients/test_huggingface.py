"""Hugging Face's `InferenceClient` against the running router, on the routes of the tasks and on TEI's."""

import importlib
from typing import Any

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

huggingface_hub: Any = importlib.import_module("huggingface_hub")
errors: Any = importlib.import_module("huggingface_hub.errors")
numpy: Any = importlib.import_module("numpy")

CONTEXT = "Marie Curie was born in Warsaw in 1867. She moved to Paris, where she won two Nobel prizes."


def client(router: Router, path: str, key: str | None = None) -> Any:
    return huggingface_hub.InferenceClient(model=f"{router.url}{path}", token=key or router.key)


@pytest.mark.parametrize("path", ["/v1/qa", "/v1/multilingual-qa"])
def test_a_question_is_answered(router: Router, path: str) -> None:
    answer = client(router, path).question_answering(question="Where was Marie Curie born?", context=CONTEXT)
    assert answer.answer == "Warsaw"
    assert CONTEXT[answer.start : answer.end] == "Warsaw"
    assert 0 < answer.score <= 1


def test_every_parameter_is_taken(router: Router) -> None:
    answers = client(router, "/v1/qa").question_answering(
        question="Where did she move?",
        context=CONTEXT,
        align_to_words=True,
        doc_stride=64,
        handle_impossible_answer=True,
        max_answer_len=10,
        max_question_len=32,
        max_seq_len=256,
        top_k=3,
    )
    assert [answer.answer for answer in answers][0] == "Paris"
    assert len(answers) == 3


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embed"])
def test_texts_become_an_array(router: Router, path: str) -> None:
    hub = client(router, path)
    one = hub.feature_extraction("The tide comes in twice a day.")
    assert one.shape == (1, 384)
    assert numpy.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    raw = hub.feature_extraction("The tide comes in twice a day.", normalize=False, truncate=True)
    assert numpy.allclose(raw / numpy.linalg.norm(raw), one, atol=1e-5)


@pytest.mark.parametrize("path", ["/v1/embeddings", "/similarity"])
def test_sentences_are_compared(router: Router, path: str) -> None:
    close, far = client(router, path).sentence_similarity(
        "Machine learning is so easy.",
        other_sentences=["Deep learning is so straightforward.", "My cat sleeps on the roof."],
    )
    assert close > 0.5 > far


def test_an_error_reads_as_a_sentence(router: Router) -> None:
    with pytest.raises(errors.BadRequestError, match="'inputs.question' must not be empty"):
        client(router, "/v1/qa").question_answering(question="", context="c")


def test_a_key_of_another_service_is_refused(router: Router) -> None:
    with pytest.raises(errors.HfHubHTTPError) as caught:
        client(router, "/v1/embeddings", "hf_of_another_service").feature_extraction("a")
    assert caught.value.response.status_code == 401
