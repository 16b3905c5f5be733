"""What stops a deployment before any resource, and the sentence that it stops with."""

from collections.abc import Callable

import pytest

from tests.infra.conftest import Deploy
from tests.infra.program import Program, Stopped
from tests.infra.project import CATALOG, Project

Fault = Callable[[Project], object]

FAULTS: dict[str, tuple[Fault, str]] = {
    "catalog": (lambda p: (p.root / "models.toml").unlink(), "no such file (pulumi config set catalog FILE)"),
    "entry": (lambda p: p.write_catalog(CATALOG + "colour = 1\n"), "[embeddings] colour: unknown key"),
    "lock": (lambda p: (p.root / "models.lock").unlink(), "models.lock: missing; run `make lock"),
    "lock of another source": (
        lambda p: p.write_lock(qa="file:other", **{"spanish-qa": "file:reader"}, embeddings="file:encoder"),
        "[qa] source: does not lock file:reader; run `make lock",
    ),
    "artifact": (
        lambda p: (p.artifact("qa") / "manifest.json").unlink(),
        "[qa] its artifact is not built; run `make models MODELS=",
    ),
    "another source": (
        lambda p: p.change_manifest("qa", source="file:old"),
        "[qa] source: the artifact has 'file:old', not 'file:reader'; run `make models",
    ),
    "another revision": (
        lambda p: p.change_manifest("qa", revision="r0"),
        "[qa] revision: the artifact has 'r0', not 'r1'; run `make models",
    ),
    "another runtime": (
        lambda p: p.write_catalog(CATALOG.replace("[qa]\n", '[qa]\nruntime = "torch"\n')),
        "[qa] runtime: the artifact has 'onnx', not 'torch'; run `make models",
    ),
    "another quantization": (
        lambda p: p.write_catalog(CATALOG.replace("[qa]\n", '[qa]\nquantize = "none"\n')),
        "[qa] quantize: the artifact has 'int8', not 'none'; run `make models",
    ),
    "gate off": (
        lambda p: p.write_catalog(CATALOG.replace("[qa]\n", '[qa]\ngate = "off"\n')),
        '[qa] gate: "off" is for benchmarks and cannot be deployed',
    ),
    "altered weights": (
        lambda p: (p.artifact("qa") / "model.onnx").write_text("other"),
        "[qa] the artifact's model.onnx is not the file that was built; run `make models",
    ),
    "missing weights": (
        lambda p: (p.artifact("qa") / "model.onnx").unlink(),
        "[qa] the artifact's model.onnx is not the file that was built",
    ),
    "reserved name": (
        lambda p: p.write_catalog('[router]\nservice = "embeddings"\nsource = "file:encoder"\n'),
        "[router] is the name of another part of the platform",
    ),
}


@pytest.mark.parametrize(("fault", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_fault_stops_with_one_sentence_before_any_resource(
    deploy: Deploy, project: Project, fault: Fault, sentence: str
) -> None:
    fault(project)
    seen = Program()
    with pytest.raises(Stopped) as stopped:
        deploy(into=seen)
    assert sentence in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert seen.resources == []


def test_a_wrong_setting_stops_before_any_resource(deploy: Deploy) -> None:
    seen = Program()
    with pytest.raises(Stopped, match="The setting auth must be one of"):
        deploy(into=seen, auth="open")
    assert seen.resources == []


def test_a_version_pinned_for_no_model_stops(deploy: Deploy) -> None:
    with pytest.raises(Stopped, match="pinnedVersions names other, which the catalog has not"):
        deploy(pinnedVersions="other=3")


@pytest.mark.parametrize("stack", ["Prod", "a--b", "john.doe", "under_score", "-a"])
def test_a_stack_whose_name_a_service_would_refuse_stops_before_any_resource(deploy: Deploy, stack: str) -> None:
    seen = Program()
    with pytest.raises(Stopped, match="must be lower-case letters, digits and single hyphens .pulumi stack rename"):
        deploy(into=seen, stack=stack)
    assert seen.resources == []


@pytest.mark.parametrize("name", ["api", "warm-up", "monitoring", "dashboard", "alarms", "router"])
def test_a_model_cannot_have_the_name_of_another_part(deploy: Deploy, project: Project, name: str) -> None:
    project.write_catalog(f'[{name}]\nservice = "embeddings"\nsource = "file:encoder"\n')
    with pytest.raises(Stopped, match="is the name of another part of the platform"):
        deploy()


def test_a_model_cannot_have_a_name_that_a_registry_would_refuse(deploy: Deploy, project: Project) -> None:
    project.write_catalog('[my--qa]\nservice = "embeddings"\nsource = "file:encoder"\n')
    with pytest.raises(Stopped, match="single hyphens, at most 40"):
        deploy()


def test_no_two_resources_have_one_name(program: Program, deploy: Deploy) -> None:
    for run in (program, deploy(auth="iam", corsOrigins="https://a.example", alarmEmail="a@example.com")):
        names = [(resource.type, resource.name) for resource in run.resources]
        assert len(names) == len(set(names))


def test_a_stack_without_its_settings_is_told_how_to_restore_them(deploy: Deploy) -> None:
    seen = Program()
    with pytest.raises(Stopped, match="aws:region is missing.*pulumi config refresh restores them"):
        deploy(into=seen, region=None)
    assert seen.resources == []


def test_a_setting_that_is_unknown_or_encrypted_stops(deploy: Deploy) -> None:
    with pytest.raises(Stopped, match="thotleRate is not known; did you mean throttleRate"):
        deploy(thotleRate="5")
    with pytest.raises(Stopped, match="alarmEmail is encrypted, .* --plaintext"):
        deploy(alarmEmail="a@example.com", secret=["alarmEmail"])


def test_the_routers_own_names_are_measured_too(deploy: Deploy, project: Project) -> None:
    project.write_catalog('[qa]\nservice = "question_answering"\nsource = "file:reader"\n')
    with pytest.raises(Stopped, match="longer than 64 characters; give the stack a shorter name"):
        deploy(stack="s" * 48)


def test_a_name_that_lambda_would_refuse_stops(deploy: Deploy, project: Project) -> None:
    project.write_catalog(f'[{"a" * 40}]\nservice = "embeddings"\nsource = "file:encoder"\n')
    with pytest.raises(Stopped, match="is longer than 64 characters"):
        deploy(stack="a-stack-with-a-long-name")
