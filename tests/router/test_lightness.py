"""What the router loads, and what it does not."""

import json
import subprocess
import sys
from pathlib import Path

from shared.served import SERVED_MODELS
from tests.router.world import QA, event

ROOT = Path(__file__).parent.parent.parent
HEAVY = {
    "awslambdaric", "fastapi", "httptools", "httpx", "huggingface_hub", "local", "models", "moto", "numpy", "onnx",
    "onnxruntime", "pandas", "pulumi", "requests", "safetensors", "scipy", "sentence_transformers",
    "starlette", "tokenizers", "torch", "transformers", "uvicorn",
}  # fmt: skip

ASK = """
import gc, json, sys
from router.handler import handler
from tests.router.world import FakeContext
print(json.dumps({**handler(json.load(sys.stdin), FakeContext()), "collects garbage": gc.isenabled()}))
"""


def test_importing_the_handler_loads_nothing_heavy() -> None:
    program = "import sys, router.handler; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"router", "shared", "pydantic", "botocore"} <= loaded
    assert loaded & HEAVY == set()


def test_of_a_service_only_its_request_and_its_wire_formats_are_loaded() -> None:
    program = (
        "import sys; from shared.wire import services, wire_of; [wire_of(s) for s in services()]; print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = run.stdout.split()
    assert {name.rpartition(".")[2] for name in modules if name.count(".") == 2 and name.startswith("services.")} == {
        "request",
        "tei",
        "tokenizing",
        "wire",
    }
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()


def test_the_handler_answers_in_lambdas_environment(tmp_path: Path) -> None:
    catalog = tmp_path / "served.json"
    catalog.write_bytes(SERVED_MODELS.dump_json([QA]))
    environ = {
        "AWS_LAMBDA_FUNCTION_NAME": "model-router-router",
        "AWS_DEFAULT_REGION": "us-east-1",
        "CATALOG": str(catalog),
        "MODEL_FUNCTION": "model-{id}",
        "AUTH": "none",
    }
    command = [sys.executable, "-c", ASK]
    sent = json.dumps(event("http_api_get"))
    run = subprocess.run(command, cwd=ROOT, input=sent, capture_output=True, text=True, env=environ, check=True)
    answer = json.loads(run.stdout.splitlines()[-1])
    assert answer["statusCode"] == 200
    assert answer["collects garbage"]


def test_lambda_gets_the_reason_when_the_router_cannot_start() -> None:
    environ = {"AWS_LAMBDA_FUNCTION_NAME": "model-router-router", "CATALOG": "c", "MODEL_FUNCTION": "{id}"}
    command = [sys.executable, "-c", "import router.handler"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environ, check=False)
    assert run.returncode == 1
    assert "SettingsError: API_KEYS has no key" in run.stderr
