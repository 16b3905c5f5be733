"""The model images under Lambda's limits, as sandboxes of the local stack."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.context import DOCKERFILE
from local.container import ContainerLauncher
from local.engine import Network
from local.http_server import address, bind
from shared.deployment import MODEL_ENVIRONMENT
from shared.image import container_files
from tests.images.conftest import ROOT, Built

pytestmark = pytest.mark.containers

MODELS = ("qa", "multilingual-qa", "embeddings")
MB = 1_000_000


def probed(built: Built, network: Network) -> dict[str, Any]:
    """What the probe says in a sandbox of an image."""
    with bind(network.host, 0) as runtime_api:
        runtime_api.listen()
        launcher = ContainerLauncher(built.images.engine, network, built.image)
        memory = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(built.spec.memory_mb)}
        command = launcher.command("probe", memory, "--interactive", "--entrypoint", "python3")
        host, port = address(runtime_api)
        done = subprocess.run(
            [*command, built.image, "-", host, str(port)],
            input=Path(__file__).with_name("probe.py").read_bytes(),
            capture_output=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="session")
def found(onnx: dict[str, Built], network: Network) -> dict[str, Any]:
    return probed(onnx["embeddings"], network)


@pytest.mark.parametrize("model_id", MODELS)
def test_an_onnx_image_answers_its_example_under_lambdas_limits(
    onnx: dict[str, Built], network: Network, model_id: str
) -> None:
    built = onnx[model_id]
    built.images.ask(built.spec, built.image, network)


def test_a_torch_image_answers_its_example_under_lambdas_limits(torch: Built, network: Network) -> None:
    torch.images.ask(torch.spec, torch.image, network)


def test_a_sandbox_is_nobody_and_writes_to_tmp_only(found: dict[str, Any]) -> None:
    assert found["uid"] != 0
    assert found["writable"] == ["/tmp"]
    assert not found["shm"]


def test_a_sandbox_reaches_its_runtime_api_and_nothing_else(found: dict[str, Any]) -> None:
    assert found["reaches_runtime_api"]
    assert found["routes_out"] == []
    assert not found["reaches_others"]


def test_a_sandbox_has_its_functions_memory_and_processor(found: dict[str, Any]) -> None:
    assert found["memory_limit"] == str(1769 * 1024 * 1024)
    assert found["cpu_limit"].split()[0] == "100000"
    assert found["files_limit"] == 1024


def test_an_image_has_its_part_of_shared_and_one_service(found: dict[str, Any]) -> None:
    own = {name for name in found["files"] if name.split("/")[0] in ("shared", "services", "model")}
    code = {name for name in own if not name.startswith("model/")}
    assert code == {*container_files("embeddings", "onnx")}
    assert {"model/manifest.json", "model/model.onnx", "model/model.onnx.data", "model/tokenizer.json"} <= own


def test_an_onnx_image_has_onnxruntime_two_tokenizers_numpy_and_no_more(found: dict[str, Any]) -> None:
    packages = {name.split("/")[0].split("-")[0] for name in found["files"] if ".dist-info/" in name}
    assert packages == {"numpy", "onnxruntime", "sentencepiece", "tokenizers"}
    assert found["tokenizers"] == ["sentencepiece", "tokenizers"]
    assert found["compilers"] == []


def test_every_file_can_be_read_and_no_module_is_compiled_at_start(found: dict[str, Any]) -> None:
    assert found["unreadable"] == []
    assert found["without_bytecode"] == []


def test_the_environment_is_the_platforms_and_not_the_builders(found: dict[str, Any]) -> None:
    expected = {**MODEL_ENVIRONMENT, "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
    assert {name: found["environ"].get(name) for name in expected} == expected
    assert "PIP_CERT" not in found["environ"]


def test_models_of_a_runtime_share_its_layer(onnx: dict[str, Built]) -> None:
    base = len(onnx["qa"].images.engine.layers(onnx["qa"].images.base))
    runtimes = {built.images.engine.layers(built.image)[base] for built in onnx.values()}
    assert len(runtimes) == 1
    # The runtime, the artifact, the code.
    assert {len(built.images.engine.layers(built.image)) - base for built in onnx.values()} == {3}


def test_the_same_files_make_the_same_layers_wherever_they_lie(
    onnx: dict[str, Built], tmp_path_factory: pytest.TempPathFactory
) -> None:
    built = onnx["embeddings"]
    context, engine = built.images.context(built.spec), built.images.engine
    elsewhere = tmp_path_factory.mktemp("another checkout")
    copies = {name: elsewhere / name for name in ("code", "artifact")}
    for name, copy in copies.items():
        shutil.copytree(getattr(context, name), copy)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
            os.utime(path, (1, 1))
    again = f"{built.image}-again"
    engine.build(
        replace(context, code=copies["code"], artifact=copies["artifact"]), ROOT / DOCKERFILE, again, fresh=True
    )
    assert engine.layers(again) == engine.layers(built.image)


def test_the_embeddings_image_is_small(onnx: dict[str, Built]) -> None:
    built = onnx["embeddings"]
    assert built.images.size(built.image) <= 200 * MB
