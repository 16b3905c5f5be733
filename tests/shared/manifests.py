"""Manifests to test with."""

from dataclasses import replace

from shared.manifest import Manifest

# Of an artifact about which nothing is known: what a test needs is put in its place.
UNBUILT = Manifest(
    id="test",
    service="question_answering",
    runtime="onnx",
    source="file:test",
    revision="",
    license="",
    created=0,
    files={},
    max_tokens=512,
    dimensions=None,
    auto_class="AutoModelForQuestionAnswering",
    outputs={"start_logits": "token", "end_logits": "token"},
    pad_token_id=0,
    batched=True,
    lowercase=False,
    quantization="none",
    config={},
    export={},
    quality={},
    example={},
)

MANIFEST = replace(
    UNBUILT,
    id="qa",
    source="file:reader",
    revision="sha256:1",
    license="MIT",
    created=1_700_000_000,
    files={"model.onnx": "00"},
    quantization="int8",
    config={"no_answer_threshold": 0.5},
    export={"fused": {"attention": 6}},
    quality={"same_answer": 0.97},
    example={"request": {"question": ["où?"], "context": ["René"]}, "result": {}},
)
