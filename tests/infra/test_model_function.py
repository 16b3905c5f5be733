"""What a catalog entry becomes."""

from tests.infra.conftest import Deploy
from tests.infra.program import Program
from tests.infra.project import Project

MODELS = ("qa", "spanish-qa", "embeddings")
FUNCTION, IMAGE = "aws:lambda/function:Function", "docker-build:index:Image"


def test_every_entry_of_the_catalog_becomes_a_function(program: Program) -> None:
    names = {f.inputs["name"] for f in program.all(FUNCTION) if f.inputs.get("packageType") == "Image"}
    assert names == {f"model-router-dev-{part}" for part in MODELS}


def test_a_function_has_its_entrys_memory_and_time_out(program: Program) -> None:
    spanish = program.one(FUNCTION, "spanish-qa")
    assert (spanish["memorySize"], spanish["timeout"]) == (3008, 300)
    # Lambda's own default of 3 s would end every cold start.
    assert program.one(FUNCTION, "qa")["timeout"] == 120


def test_a_function_runs_an_image_by_its_digest(program: Program) -> None:
    for part in MODELS:
        function = program.one(FUNCTION, part)
        assert function["imageUri"] == f"registry.example/model-router-dev-{part}@sha256:{part}"
        # Lambda refuses these for an image.
        assert not function.keys() & {"handler", "runtime", "layers", "code", "s3Bucket"}


def test_a_function_reserves_no_concurrency(program: Program) -> None:
    assert not any("reservedConcurrentExecutions" in f.inputs for f in program.all(FUNCTION))


def test_an_image_is_for_one_platform_and_carries_no_attestation(program: Program, deploy: Deploy) -> None:
    for part in MODELS:
        image = program.one(IMAGE, part)
        assert image["platforms"] == ["linux/amd64"]
        # Only the provider's own builder leaves the attestations out; the docker command adds them.
        assert "exec" not in image
    arm = deploy(architecture="arm64")
    assert arm.one(IMAGE, "qa")["platforms"] == ["linux/arm64"]
    assert {tuple(f.inputs["architectures"]) for f in arm.all(FUNCTION)} == {("arm64",)}


def test_an_image_is_pushed_but_not_built_for_a_preview(program: Program) -> None:
    image = program.one(IMAGE, "qa")
    # `push` would add an export whose digest depends on the builder's version.
    assert image["push"] is False
    assert image["exports"] == [{"raw": "type=registry,oci-mediatypes=true,rewrite-timestamp=true"}]
    assert image["buildOnPreview"] is False


def test_an_image_is_built_from_its_own_files_by_paths_of_the_project(program: Program) -> None:
    image = program.one(IMAGE, "embeddings")
    folder = image["context"]["location"].removesuffix("/code")
    # Nothing of the checkout, the stack or the catalog: another of those is not another image.
    assert folder == f"build/images/{image['tags'][0].rpartition(':')[2]}"
    assert image["context"]["named"] == {"model": {"location": f"{folder}/model"}}
    assert image["dockerfile"] == {"location": "services/Dockerfile"}
    assert image["buildArgs"] == {
        "BASE": "public.ecr.aws/lambda/python:3.13",
        "RUNTIME": "onnx",
        "SOURCE_DATE_EPOCH": "315532800",
    }


def test_no_image_expires_and_a_tag_may_be_pushed_again(program: Program) -> None:
    for part in MODELS:
        repository = program.one("aws:ecr/repository:Repository", part)
        assert repository["imageTagMutability"] == "MUTABLE"
        assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository["forceDelete"] is True
        (tag,) = program.one(IMAGE, part)["tags"]
        assert tag.startswith(f"registry.example/model-router-dev-{part}:")
    # A moved tag leaves untagged what an older version may run.
    assert program.all("aws:ecr/lifecyclePolicy:LifecyclePolicy") == []


def test_the_tag_changes_with_the_artifact_alone(program: Program, deploy: Deploy, project: Project) -> None:
    before = {part: program.one(IMAGE, part)["tags"] for part in MODELS}
    project.change_manifest("qa", created=1)
    after = {part: image["tags"] for part in MODELS if (image := deploy().one(IMAGE, part))}
    assert [part for part in MODELS if before[part] != after[part]] == ["qa"]


def test_a_log_group_is_there_before_its_function_and_forgets(program: Program, deploy: Deploy) -> None:
    for part in (*MODELS, "router"):
        group = program.one("aws:cloudwatch/logGroup:LogGroup", part)
        assert (group["name"], group["retentionInDays"]) == (f"/aws/lambda/model-router-dev-{part}", 30)
        assert program.one(FUNCTION, part)["loggingConfig"] == {"logFormat": "JSON", "logGroup": group["name"]}
        registered = program.index("aws:cloudwatch/logGroup:LogGroup", part)
        assert registered < program.index(FUNCTION, part)
    groups = deploy(logRetentionDays="7").all("aws:cloudwatch/logGroup:LogGroup")
    assert {group.inputs["retentionInDays"] for group in groups} == {7}


def test_a_function_waits_for_its_permissions(program: Program) -> None:
    for part in (*MODELS, "router"):
        assert program.index("aws:iam/rolePolicy:RolePolicy", part) < program.index(FUNCTION, part)


def test_everything_that_can_carry_tags_does(program: Program, deploy: Deploy) -> None:
    for resource in (*program.resources, *deploy(alarmEmail="a@example.com").resources):
        if resource.type in TAGGED:
            expected = {"project": "model-router", "stack": "dev", "managed-by": "pulumi"}
            assert resource.inputs["tags"] == expected, resource


TAGGED = {
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/stage:Stage",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ecr/repository:Repository",
    "aws:iam/role:Role",
    "aws:lambda/function:Function",
    "aws:scheduler/scheduleGroup:ScheduleGroup",
    "aws:sns/topic:Topic",
}
