"""What stops a deployment before any resource, and the sentence that it stops with."""

from collections.abc import Callable

import pytest

from tests.infra.conftest import Deploy
from tests.infra.program import Program, Stopped
from tests.infra.project import CATALOG, Project

Fault = Callable[[Project], object]

FAULTS: dict[str, tuple[Fault, str]] = {
    "catalog": (lambda p: (p.root / "models.toml").unlink(), "no such file"),
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
        "[router] is the router's own name",
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


def test_a_name_that_lambda_would_refuse_stops(deploy: Deploy, project: Project) -> None:
    project.write_catalog(f'[{"a" * 40}]\nservice = "embeddings"\nsource = "file:encoder"\n')
    with pytest.raises(Stopped, match="is longer than 64 characters"):
        deploy(stack="a-stack-with-a-long-name")
