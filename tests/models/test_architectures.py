"""Every known architecture through the whole pipeline: the float artifact answers as transformers itself does."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import transformers

from models.architectures import KNOWN, unknown_warning
from models.artifact import make
from models.graph import FILE_NAME
from models.service import build_of
from models.texts import pairs
from shared.encoder import Encoder, Tokens
from shared.manifest import Manifest
from tests.models.architectures import TINY, save
from tests.models.project import project

pytestmark = pytest.mark.torch

HEADS = {"question_answering": "AutoModelForQuestionAnswering", "embeddings": "AutoModel"}
# Thresholds for weights that were drawn: the vectors of such a network lie close together.
LENIENT = {"cosine_mean": 0.9, "cosine_min": 0.5, "nearest_same": 0.0}
TEXTS = pairs()[::16]
REQUESTS: dict[str, dict[str, Any]] = {
    "embeddings": {"input": ["a text"]},
    "question_answering": {"question": ["Who?"], "context": ["Ada did."]},
}


@pytest.fixture(autouse=True)
def _on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny networks gain nothing from threads, and tests that run side by side must not fight for cores."""
    monkeypatch.setattr("models.candidate.THREADS", 1)


def build(root: Path, checkpoint: Path, service: str, **entry: Any) -> Path:
    """Build the artifact of a checkpoint, with few texts."""
    here = project(root, checkpoint)
    job = here.job(TEXTS, build_of(service), request=REQUESTS[service], service=service, **entry)
    artifact, scratch = root / "artifact", root / "scratch"
    artifact.mkdir()
    scratch.mkdir()
    make(job, scratch, artifact)
    return artifact


def sequences(encoder: Encoder, task: str) -> list[Tokens]:
    """Sequences as the task reads them: of several lengths, so that some share a run, and one as long as can be."""
    special = encoder.special_tokens
    questions, paragraphs = (encoder.read_ids([text.texts[i] for text in TEXTS]) for i in (1, 0))
    longest = np.resize(np.concatenate(paragraphs), encoder.max_tokens)
    if task == "embeddings":
        room = encoder.max_tokens - special.single_length
        return [special.single(ids[:room]) for ids in (*questions, *paragraphs, longest)]
    rooms = [encoder.max_tokens - special.pair_length - len(question) for question in questions]
    found = [special.pair(q, p[:room]) for q, p, room in zip(questions, paragraphs, rooms, strict=True)]
    return [*found, special.pair(questions[0], longest[: rooms[0]]), special.pair(questions[0][:2], paragraphs[0][:3])]


@torch.inference_mode()
def expected(network: Any, tokens: Tokens, outputs: dict[str, str]) -> list[np.ndarray[Any, Any]]:
    """What transformers itself answers for one sequence, with its own attention."""
    inputs = {"input_ids": tokens.ids, "attention_mask": np.ones_like(tokens.ids)}
    if getattr(network.config, "type_vocab_size", 0) > 1:
        inputs["token_type_ids"] = tokens.types
    output = network(**{name: torch.from_numpy(values[None]) for name, values in inputs.items()})
    return [output[name][0].numpy() for name in outputs]


def test_every_known_architecture_is_tried() -> None:
    assert set(TINY) == set(KNOWN)


@pytest.mark.parametrize("task", sorted(HEADS))
@pytest.mark.parametrize("model_type", sorted(TINY))
def test_the_float_artifact_answers_as_transformers(model_type: str, task: str, tmp_path: Path) -> None:
    checkpoint = save(model_type, HEADS[task], tmp_path / "checkpoint")
    artifact = build(tmp_path / "project", checkpoint, service=task, quantize="none")
    manifest = Manifest.read(artifact)
    assert manifest.batched
    assert manifest.max_tokens == TINY[model_type].max_tokens
    assert "warning" not in manifest.export
    encoder = Encoder.open(artifact, manifest, threads=1)
    network = getattr(transformers, HEADS[task]).from_pretrained(checkpoint).eval()
    read = sequences(encoder, task)
    for index, outputs in encoder.run(read):
        for ours, theirs in zip(outputs, expected(network, read[index], manifest.outputs), strict=True):
            assert ours == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize(
    ("model_type", "quantize"), [*((name, "int8") for name in sorted(TINY)), ("bert", "mixed"), ("deberta-v2", "mixed")]
)
def test_a_quantized_artifact_takes_no_mask_and_is_near_the_float_model(
    model_type: str, quantize: str, tmp_path: Path
) -> None:
    checkpoint = save(model_type, "AutoModel", tmp_path / "checkpoint")
    artifact = build(tmp_path / "project", checkpoint, service="embeddings", quantize=quantize, gate=LENIENT)
    manifest = Manifest.read(artifact)
    assert not manifest.batched
    assert manifest.quality["cosine_mean"] >= 0.9
    graph = onnx.load(artifact / FILE_NAME, load_external_data=False).graph
    assert "attention_mask" not in {entry.name for entry in graph.input}


def test_an_architecture_that_is_not_known_is_built_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = save("roformer", "AutoModel", tmp_path / "checkpoint")
    manifest = Manifest.read(build(tmp_path / "project", checkpoint, service="embeddings", quantize="none"))
    warning = manifest.export["warning"]
    assert warning.startswith("model_type 'roformer' is not in models/architectures.py.")
    assert "0 attention, 2 gelu, 5 layer_norm" in warning
    assert f"[letters] {warning}" in capsys.readouterr().err
    assert not manifest.batched


def test_of_a_known_architecture_nothing_is_said() -> None:
    assert unknown_warning("bert", {"attention": 0}) is None
