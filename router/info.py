"""What TEI's `GET /info` says of the model that it serves: here, of the first that answers on TEI's paths.

Schema: docs/openapi.json of https://github.com/huggingface/text-embeddings-inference (Info).
"""

from typing import Any

from pydantic import BaseModel, Field

from shared.served import ServedModel

# TEI's name of what is not quantized.
DTYPES = {"none": "float32"}


class Info(BaseModel):
    """One model as TEI describes it. Nothing here caps concurrent requests or the tokens of a batch."""

    model_id: str = Field(description="Where the model comes from.")
    model_sha: str = Field(description="The revision of its source.")
    model_dtype: str = Field(description="How its weights are stored.")
    served_model_name: str = Field(description="Its id here.")
    model_type: dict[str, Any] = Field(description="What kind of model it is, with its pooling or labels.")
    max_concurrent_requests: int = Field(default=512, description="What TEI says by default; nothing is capped here.")
    max_input_length: int = Field(description="Tokens that it reads at a time.")
    max_batch_tokens: int = Field(default=16_384, description="What TEI says by default; nothing is capped here.")
    max_batch_requests: int | None = Field(default=None, description="Always null: nothing is capped here.")
    max_client_batch_size: int = Field(description="Texts that one request may have.")
    auto_truncate: bool = Field(default=True, description="Whether long texts are cut.")
    tokenization_workers: int = Field(default=1, description="Always 1.")
    version: str = Field(default="model-router", description="The server's name.")
    sha: str | None = Field(default=None, description="Always null.")
    docker_label: str | None = Field(default=None, description="Always null.")

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
