"""Clients generated from the API description, in Python and TypeScript, which make the README's calls."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Router

pytestmark = pytest.mark.clients

TYPESCRIPT = Path(__file__).parent / "typescript"
PYTHON_CALLS = """
import json, sys
from generated import AuthenticatedClient
from generated.api.models import get_model, list_models
from generated.api.tasks import ask, ask_many, embed
from generated.models import EmbeddingsBody, NestedError, QuestionBody, QuestionBodyOfMany

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
question = QuestionBody(question="Where was Marie Curie born?", context="Marie Curie was born in Warsaw.")
one = ask.sync(client=client, body=question)
lists = QuestionBodyOfMany(question=["Who?", "Where?"], context=["Ada wrote it.", "It is in Ely."])
many = ask_many.sync(client=client, body=lists)
vectors = embed.sync(client=client, body=EmbeddingsBody(input_=["A lake.", "A sea."], dimensions=8))
refused = ask.sync(client=client, body=QuestionBody(question=" ", context="Ada."))
assert isinstance(refused, NestedError)
print(json.dumps({
    "answer": one.answer, "start": one.start, "score": one.score,
    "answers": [result.answer for result in many.results],
    "lengths": [len(one.embedding) for one in vectors.data],
    "ids": [model.id for model in list_models.sync(client=client).data],
    "languages": get_model.sync("qa", client=client).languages,
    "message": refused.error.message,
}))
"""


def check(said: str) -> None:
    """Check what a client printed of the answers that it got."""
    got: dict[str, Any] = json.loads(said)
    assert (got["answer"], got["start"]) == ("Warsaw", 24)
    assert 0 < got["score"] <= 1
    assert got["answers"] == ["Ada", "Ely"]
    assert got["lengths"] == [8, 8]
    assert got["ids"] == ["qa", "multilingual-qa", "embeddings"]
    assert "en" in got["languages"]
    assert "'question'" in got["message"]


def run(command: list[str], folder: Path) -> str:
    # The generator formats what it makes with a program of this environment.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


@pytest.fixture
def folder(router: Router, tmp_path: Path) -> Path:
    """A folder that holds the description."""
    with urllib.request.urlopen(f"{router.url}/openapi.json") as answer:
        (tmp_path / "openapi.json").write_bytes(answer.read())
    return tmp_path


def test_a_python_client_is_generated_and_makes_the_readmes_calls(router: Router, folder: Path) -> None:
    if importlib.util.find_spec("openapi_python_client") is None:
        pytest.skip("There is no openapi-python-client in this environment.")
    generate = ["-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta=none"]
    run([sys.executable, *generate, "--output-path=generated", "--fail-on-warning"], folder)
    check(run([sys.executable, "-c", PYTHON_CALLS, router.url, router.key], folder))


def test_a_typescript_client_compiles_strictly_and_makes_the_readmes_calls(router: Router, folder: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("There is no npm on PATH: install Node.js 20 or newer.")
    for name in ("package.json", "package-lock.json", "tsconfig.json", "calls.ts"):
        shutil.copy(TYPESCRIPT / name, folder)
    installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"npm could not install the generator: {installed.stderr[-300:]}")
    run(["npx", "openapi-typescript", "openapi.json", "--output", "schema.d.ts"], folder)
    run(["npx", "tsc"], folder)
    check(run(["node", "made/calls.js", router.url, router.key], folder))
