"""What AWS and the local stack have to agree on: the router's size, its routes' limits, the environment of a function.

Standard library only; knows no resource and no container engine.
"""

from enum import StrEnum

ALIAS = "live"
ROUTER = "router"
ROUTER_HANDLER = "router.handler.handler"
ROUTER_MEMORY_MB = 512
# The gateway gives up after 30 s, the router itself after 29; a warm-up may wait longer for a model that loads.
ROUTER_TIMEOUT_S = 60
GATEWAY_TIMEOUT_MS = 30_000
# The router answers its callers within this time after the gateway took the request.
DEADLINE_MS = 29_000

# Lambda carries 6 MB; the rest is for the headers and the envelope of the response event.
ANSWER_BYTES = 6 * 1024 * 1024 - 16 * 1024

# What a page of another origin may send: keys, tracing, and what OpenAI's and Hugging Face's clients for JavaScript
# add. By name: a browser does not count `authorization` to `*`.
CORS_METHODS = ("GET", "POST")
CORS_ALLOWED_HEADERS = (
    *("authorization", "content-type", "content-encoding", "x-api-key", "api-key", "x-request-id", "user-agent"),
    *("accept", "traceparent", "tracestate", "baggage", "idempotency-key"),
    *("openai-organization", "openai-project", "openai-beta"),
    *(f"x-stainless-{name}" for name in ("arch", "async", "lang", "os", "package-version", "read-timeout")),
    *(f"x-stainless-{name}" for name in ("retry-count", "runtime", "runtime-version", "timeout")),
    *(f"x-stainless-{name}" for name in ("helper-method", "poll-helper", "custom-poll-interval")),
    *("x-use-cache", "x-wait-for-model", "x-hf-bill-to"),
)
CORS_EXPOSED_HEADERS = (
    *(
        "x-request-id",
        "x-model",
        "x-cold-start",
        "x-truncated",
        "x-tokens",
        "x-ignored",
        "server-timing",
        "retry-after",
    ),
    *("x-should-retry", "allow", "www-authenticate"),
)
CORS_MAX_AGE_S = 3600


class InitType(StrEnum):
    """Values of AWS_LAMBDA_INITIALIZATION_TYPE: whom a sandbox starts for, and how long it may take."""

    ON_DEMAND = "on-demand"
    SNAP_START = "snap-start"
    PROVISIONED = "provisioned-concurrency"


BASE_IMAGE = "public.ecr.aws/lambda/python:3.13"
# The handler of every model image.
IMAGE_HANDLER = "services.handler.handler"

# The variable that says under which namespace a function writes its metrics, and the name where it is not set.
METRICS_NAMESPACE = "METRICS_NAMESPACE"
DEFAULT_METRICS_NAMESPACE = "model-router"

# Set for every function. A function sees more cores than it may use: a second thread of OpenBLAS or OpenMP would only
# spin, while a model's own threads are counted by its memory. Nothing is reported, and the root cannot be written to.
FUNCTION_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# Set for every model besides, by its image. Only /tmp can be written to, and nothing is fetched at run time.
MODEL_ENVIRONMENT = FUNCTION_ENVIRONMENT | {
    "HF_HOME": "/tmp",
    "HF_HUB_OFFLINE": "1",
    "HOME": "/tmp",
    "TOKENIZERS_PARALLELISM": "false",
}
