"""How the engines are asked, and a sandbox's limits: without any engine."""

from pathlib import Path

import pytest

from infra.context import BuildContext
from local.container import ContainerLauncher
from local.engine import HOST, Docker, EngineError, Network, Podman, command
from tests.infra.project import ROOT

CONTEXT = BuildContext(
    code=Path("code"), artifact=Path("artifact"), build_args={"RUNTIME": "onnx"}, tag="t", architecture="arm64"
)
DOCKERFILE = ROOT / "services" / "Dockerfile"


class Recorder:
    """Plays the command line: keeps what is asked, and answers with `reply`."""

    def __init__(self, reply: str = "") -> None:
        self.reply = reply
        self.lines: list[str] = []

    def __call__(self, *words: str) -> str:
        self.lines.append(" ".join(words))
        return self.reply


def test_docker_builds_an_image_that_lambda_takes() -> None:
    asked = Recorder()
    Docker(asked).build(CONTEXT, DOCKERFILE, "image")
    (line,) = asked.lines
    # Lambda refuses an index, which an attestation makes of an image.
    assert line.startswith("docker build --provenance=false --sbom=false ")
    assert "--build-arg RUNTIME=onnx --build-context model=artifact" in line
    assert line.endswith("--tag image code")


@pytest.mark.parametrize("engine", [Docker, Podman])
def test_a_fresh_build_takes_no_step_from_an_earlier_one(engine: type[Docker] | type[Podman]) -> None:
    asked = Recorder()
    engine(asked).build(CONTEXT, DOCKERFILE, "image", fresh=True)
    engine(asked).build(CONTEXT, DOCKERFILE, "image")
    assert ["--no-cache" in line for line in asked.lines] == [True, False]


def test_buildah_builds_the_same_with_the_same_times() -> None:
    asked = Recorder()
    Podman(asked).build(CONTEXT, DOCKERFILE, "image", wheels=Path("/wheels"))
    (line,) = asked.lines
    assert line.startswith("buildah bud --layers ")
    assert "--timestamp 315532800" in line
    assert "--build-arg RUNTIME=onnx --build-context model=artifact" in line
    assert "TORCH_SOURCE=--no-index --find-links /wheels" in line


def test_docker_takes_no_folder_of_wheels() -> None:
    with pytest.raises(EngineError, match="leave --wheels out"):
        Docker(Recorder()).build(CONTEXT, DOCKERFILE, "image", wheels=Path("/wheels"))


def test_dockers_network_is_internal_and_removed() -> None:
    asked = Recorder("172.18.0.1\n")
    with Docker(asked).network() as network:
        assert network.host == "172.18.0.1"
        name = network.options[1]
    assert [line.replace(name, "NAME") for line in asked.lines[::2]] == [
        "docker network create --internal NAME",
        "docker network rm NAME",
    ]


def test_podmans_network_is_one_link_without_a_route_and_removed() -> None:
    asked = Recorder()
    with Podman(asked).network() as network:
        assert network.host == HOST
    assert asked.lines[0].startswith("ip netns add ")
    assert asked.lines[-1].startswith("ip netns delete ")
    assert not any(" route " in line for line in asked.lines)


def test_a_command_that_fails_is_told_with_its_last_lines() -> None:
    with pytest.raises(EngineError, match="ended with status 3:\nno such image"):
        command("sh", "-c", "echo no such image >&2; exit 3")


@pytest.mark.parametrize("engine", [Docker(Recorder()), Podman(Recorder())])
def test_a_sandbox_gets_lambdas_limits(engine: Docker | Podman) -> None:
    launcher = ContainerLauncher(engine, Network(("--network", "n"), "host"), "image")
    line = " ".join(launcher.command("name", {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "KEY": "value"}))
    for limit in (
        "--read-only --tmpfs /tmp:rw,exec,size=512m,mode=1777",
        "--ipc none",
        "--user 993:990",
        "--cap-drop all",
        "--memory 1769m --memory-swap 1769m --cpus 1.00",
        "--ulimit nofile=1024:1024",
        "--network n",
        "--env KEY=value",
    ):
        assert limit in line
