"""Every policy of the program: who may do what, to what."""

import json

from tests.infra.conftest import Deploy
from tests.infra.program import ACCOUNT, REGION, Program, Resource
from tests.infra.project import CATALOG, Project, manifest

LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:model-router-dev"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/model-router-dev"
MODELS = ("qa", "spanish-qa", "embeddings")


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_no_policy_has_a_wildcard_action(program: Program) -> None:
    for place, statement in program.policies():
        assert not any("*" in action for action in as_list(statement["Action"])), place


def test_the_only_wildcard_resource_is_the_log_streams_of_a_functions_own_group(program: Program) -> None:
    own = {f"{LOGS}-{part}:*" for part in (*MODELS, "router")}
    wild = [r for _, s in program.policies() for r in as_list(s.get("Resource", [])) if "*" in r]
    assert sorted(wild) == sorted(own)


def test_no_policy_denies_or_negates(program: Program) -> None:
    for place, statement in program.policies():
        assert statement["Effect"] == "Allow", place
        assert not {"NotAction", "NotResource", "NotPrincipal"} & statement.keys(), place


def test_no_role_gets_a_policy_that_somebody_else_writes(program: Program) -> None:
    assert program.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment") == []
    roles = program.all("aws:iam/role:Role")
    assert not any(role.inputs.keys() & {"managedPolicyArns", "inlinePolicies"} for role in roles)


def test_a_model_may_write_its_own_log_and_nothing_else(program: Program) -> None:
    for part in MODELS:
        (statement,) = json.loads(program.one("aws:iam/rolePolicy:RolePolicy", part)["policy"])["Statement"]
        assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert statement["Resource"] == [f"{LOGS}-{part}:*"]


def test_the_router_may_invoke_exactly_the_models_aliases(program: Program) -> None:
    (writing,) = json.loads(program.one("aws:iam/rolePolicy:RolePolicy", "router")["policy"])["Statement"]
    assert writing["Resource"] == [f"{LOGS}-router:*"]
    (invoking,) = json.loads(invoking_policy(program).inputs["policy"])["Statement"]
    assert invoking["Action"] == "lambda:InvokeFunction"
    # Qualified: the function's own ARN does not cover its alias.
    assert invoking["Resource"] == [f"{LAMBDA}-{part}:live" for part in MODELS]


def invoking_policy(program: Program) -> Resource:
    (found,) = [r for r in program.all("aws:iam/rolePolicy:RolePolicy") if r.name.startswith("router-")]
    return found


def test_another_set_of_models_is_another_policy_so_that_the_live_router_keeps_its_own(
    program: Program, deploy: Deploy, project: Project
) -> None:
    project.write_catalog(CATALOG.replace("[spanish-qa]", "[other]"))
    project.write_lock(qa="file:reader", other="file:reader", embeddings="file:encoder")
    project.write_artifact(manifest("other", "question_answering", "file:reader"))
    renamed = invoking_policy(deploy())
    # A resource of another name: it is made first, and the old one goes when the alias has moved.
    assert renamed.name != invoking_policy(program).name
    assert "name" not in renamed.inputs
    assert f"{LAMBDA}-other:live" in renamed.inputs["policy"]
    assert f"{LAMBDA}-spanish-qa:live" not in renamed.inputs["policy"]


def test_each_function_has_a_role_of_its_own(program: Program) -> None:
    functions = program.all("aws:lambda/function:Function")
    assert {f.inputs["role"] for f in functions} == {
        f"arn:aws:iam::{ACCOUNT}:role/model-router-dev-{part}" for part in (*MODELS, "router")
    }


def test_only_lambda_and_the_scheduler_take_on_roles(program: Program) -> None:
    for role in program.all("aws:iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        service = "scheduler" if role.name == "warm-up" else "lambda"
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}


def test_the_scheduler_may_invoke_the_routers_alias_only_for_this_group_of_schedules(program: Program) -> None:
    (invoking,) = json.loads(program.one("aws:iam/rolePolicy:RolePolicy", "warm-up")["policy"])["Statement"]
    assert (invoking["Action"], invoking["Resource"]) == ("lambda:InvokeFunction", [f"{LAMBDA}-router:live"])
    (trust,) = json.loads(program.one("aws:iam/role:Role", "warm-up")["assumeRolePolicy"])["Statement"]
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert trust["Condition"]["ArnEquals"]["aws:SourceArn"].endswith("schedule-group/model-router-dev-warm-up")


def test_an_image_can_be_pulled_for_its_own_function_only(program: Program) -> None:
    for part in MODELS:
        document = json.loads(program.one("aws:ecr/repositoryPolicy:RepositoryPolicy", part)["policy"])
        (statement,) = document["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Condition"]["StringLike"]["aws:sourceArn"] == [f"{LAMBDA}-{part}", f"{LAMBDA}-{part}:*"]


def test_the_functions_permission_is_for_this_api_on_the_alias(program: Program) -> None:
    (permission,) = program.all("aws:lambda/permission:Permission")
    assert permission.inputs == {
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "function": "model-router-dev-router",
        "qualifier": "live",
        "sourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:api-id/*/*",
    }
    # It would replace every permission of the function.
    assert program.all("aws:lambda/resourcePolicy:ResourcePolicy") == []


def test_settings_change_no_permission(program: Program, deploy: Deploy) -> None:
    other = deploy(auth="iam", corsOrigins="https://a.example", alarmEmail="a@example.com", architecture="arm64")
    assert sorted(map(str, other.policies())) == sorted(map(str, program.policies()))
