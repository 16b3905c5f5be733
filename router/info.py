"""What TEI's `GET /info` says of the model that it serves: here, of the first that answers on TEI's paths.

Schema: docs/openapi.json of https://github.com/huggingface/text-embeddings-inference (Info).
"""

from typing import Any

from pydantic import BaseModel

from shared.served import ServedModel

# TEI's name of what is not quantized.
DTYPES = {"none": "float32"}


class Info(BaseModel):
    """One model as TEI describes it. Nothing here caps concurrent requests or the tokens of a batch."""

    model_id: str
    model_sha: str
    model_dtype: str
    served_model_name: str
    model_type: dict[str, Any]
    max_concurrent_requests: int = 512
    max_input_length: int
    max_batch_tokens: int = 16_384
    max_batch_requests: int | None = None
    max_client_batch_size: int
    auto_truncate: bool = True
    tokenization_workers: int = 1
    version: str = "model-router"
    sha: str | None = None
    docker_label: str | None = None

    @classmethod
    def of(cls, served: ServedModel, model_type: dict[str, Any]) -> "Info":
        """Return what callers see of a served model."""
        return cls(
            model_id=served.source.partition("://")[2].partition("@")[0] or served.source,
            model_sha=served.revision,
            model_dtype=DTYPES.get(served.quantization, served.quantization),
            served_model_name=served.id,
            model_type=model_type,
            max_input_length=served.max_tokens,
            max_client_batch_size=served.limits.items,
        )
