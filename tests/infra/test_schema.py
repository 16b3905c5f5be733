"""Property names against the provider's own types: an engine of mocks would accept any."""

import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi_aws as aws
import pulumi_docker_build as docker_build
import pulumi_random as random
from pulumi._types import input_type_types, is_input_type

from tests.infra.conftest import Deploy
from tests.infra.program import Program

PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
TYPES: dict[str, type] = {
    "aws:apigatewayv2/api:Api": aws.apigatewayv2.ApiArgs,
    "aws:apigatewayv2/integration:Integration": aws.apigatewayv2.IntegrationArgs,
    "aws:apigatewayv2/route:Route": aws.apigatewayv2.RouteArgs,
    "aws:apigatewayv2/domainName:DomainName": aws.apigatewayv2.DomainNameArgs,
    "aws:apigatewayv2/apiMapping:ApiMapping": aws.apigatewayv2.ApiMappingArgs,
    "aws:apigatewayv2/stage:Stage": aws.apigatewayv2.StageArgs,
    "aws:cloudwatch/dashboard:Dashboard": aws.cloudwatch.DashboardArgs,
    "aws:cloudwatch/logGroup:LogGroup": aws.cloudwatch.LogGroupArgs,
    "aws:cloudwatch/metricAlarm:MetricAlarm": aws.cloudwatch.MetricAlarmArgs,
    "aws:ecr/repository:Repository": aws.ecr.RepositoryArgs,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": aws.ecr.RepositoryPolicyArgs,
    "aws:iam/role:Role": aws.iam.RoleArgs,
    "aws:iam/rolePolicy:RolePolicy": aws.iam.RolePolicyArgs,
    "aws:lambda/alias:Alias": aws.lambda_.AliasArgs,
    "aws:lambda/function:Function": aws.lambda_.FunctionArgs,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": aws.lambda_.FunctionEventInvokeConfigArgs,
    PROVISIONED: aws.lambda_.ProvisionedConcurrencyConfigArgs,
    "aws:lambda/permission:Permission": aws.lambda_.PermissionArgs,
    "aws:scheduler/schedule:Schedule": aws.scheduler.ScheduleArgs,
    "aws:scheduler/scheduleGroup:ScheduleGroup": aws.scheduler.ScheduleGroupArgs,
    "aws:sns/topic:Topic": aws.sns.TopicArgs,
    "aws:sns/topicSubscription:TopicSubscription": aws.sns.TopicSubscriptionArgs,
    "docker-build:index:Image": docker_build.ImageArgs,
    "random:index/randomPassword:RandomPassword": random.RandomPasswordArgs,
}


def unknown(value: Any, declared: Any, place: str) -> Iterator[str]:
    """The properties of `value` that the type `declared` does not have, by their path."""
    if is_input_type(declared):
        known = input_type_types(declared)
        for name, part in value.items():
            if name in known:
                yield from unknown(part, known[name], f"{place}.{name}")
            else:
                yield f"{place}.{name}"
    elif isinstance(value, list):
        for part in value:
            yield from unknown(part, item_of(declared), place)
    elif isinstance(value, Mapping) and (inside := mapped_by(declared)):
        for name, part in value.items():
            yield from unknown(part, inside, f"{place}.{name}")


def item_of(declared: Any) -> Any:
    """What a sequence type holds, out of the unions that Pulumi wraps it in."""
    candidates = typing.get_args(declared)[0] if typing.get_args(declared) else None
    return next((c for c in (candidates, *typing.get_args(candidates)) if c and is_input_type(c)), candidates)


def mapped_by(declared: Any) -> Any:
    arguments = typing.get_args(declared)
    inside = arguments[1] if len(arguments) == 2 else None
    return next((c for c in (inside, *typing.get_args(inside)) if c and is_input_type(c)), None)


def problems(program: Program) -> list[str]:
    registered = [r for r in program.resources if not r.type.startswith("model-router:")]
    return [p for r in registered for p in unknown(r.inputs, TYPES[r.type], f"{r.type} {r.name}")]


def test_every_property_is_one_that_the_provider_has(program: Program, deploy: Deploy) -> None:
    assert problems(program) == []
    assert problems(deploy(corsOrigins="https://a.example", alarmEmail="a@example.com", auth="iam")) == []


def test_a_property_with_a_typing_error_would_be_found() -> None:
    stage = {"name": "$default", "defaultRouteSettings": {"throttlingBurst": 1}, "autodeploy": True}
    image = {"context": {"location": ".", "named": {"model": {"path": "."}}}, "registries": [{"host": "a"}]}
    assert list(unknown(stage, aws.apigatewayv2.StageArgs, "stage")) == [
        "stage.defaultRouteSettings.throttlingBurst",
        "stage.autodeploy",
    ]
    assert list(unknown(image, docker_build.ImageArgs, "image")) == [
        "image.context.named.model.path",
        "image.registries.host",
    ]
