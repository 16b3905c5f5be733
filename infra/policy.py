"""`python -m infra.policy`: the least that whoever deploys a stack has to be allowed, as an IAM policy.

It says for each type of resource that the program registers what Pulumi's provider calls to make, read, change and
delete it. Never tried on AWS itself: where a call is denied, the error names the action.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from typing import Any

import yaml

from infra.stack_config import ROOT

ANY = "*"


@dataclass(frozen=True)
class Need:
    """Actions of one service, as words, on resources written with {partition}, {region}, {account} and {prefix}."""

    service: str
    actions: str
    resources: tuple[str, ...]
    passed_to: str | None = None


def _arns(service: str, *paths: str, region: str = "{region}") -> tuple[str, ...]:
    return tuple(f"arn:{{partition}}:{service}:{region}:{{account}}:{path}" for path in paths)


FUNCTION = _arns("lambda", "function:{prefix}*")
ROLE = _arns("iam", "role/{prefix}*", region="")
GROUPS = _arns("logs", "log-group:/aws/lambda/{prefix}*", "log-group:/aws/vendedlogs/{prefix}*")
REPOSITORY = _arns("ecr", "repository/{prefix}*")
APIS = tuple(f"arn:{{partition}}:apigateway:{{region}}::{path}" for path in ("/apis", "/apis/*", "/tags/*"))
DOMAINS = tuple(f"arn:{{partition}}:apigateway:{{region}}::/domainnames{rest}" for rest in ("", "/*"))
SCHEDULE, SCHEDULE_GROUP = _arns("scheduler", "schedule/{prefix}*/*"), _arns("scheduler", "schedule-group/{prefix}*")
ALARM, DASHBOARD = _arns("cloudwatch", "alarm:{prefix}*"), _arns("cloudwatch", "dashboard/{prefix}*", region="")
TOPIC = _arns("sns", "{prefix}*")
REST = "GET POST PATCH PUT DELETE"
TAGS = "TagResource UntagResource ListTagsForResource"

# By the type of a resource that the program registers, or of a function of the provider that it calls.
NEEDS: dict[str, tuple[Need, ...]] = {
    "aws:lambda/function:Function": (
        Need(
            "lambda",
            "CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig UpdateFunctionCode"
            " UpdateFunctionConfiguration DeleteFunction PublishVersion ListVersionsByFunction"
            " TagResource UntagResource ListTags",
            FUNCTION,
        ),
        Need("iam", "PassRole", ROLE, "lambda.amazonaws.com"),
        # Lambda looks whether whoever makes a function of an image may fetch it.
        Need("ecr", "GetRepositoryPolicy BatchGetImage GetDownloadUrlForLayer", REPOSITORY),
    ),
    "aws:lambda/alias:Alias": (Need("lambda", "CreateAlias GetAlias UpdateAlias DeleteAlias", FUNCTION),),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        Need(
            "lambda",
            "PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig",
            FUNCTION,
        ),
    ),
    "aws:lambda/permission:Permission": (Need("lambda", "AddPermission GetPolicy RemovePermission", FUNCTION),),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        Need(
            "lambda",
            "PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig"
            " DeleteFunctionEventInvokeConfig",
            FUNCTION,
        ),
    ),
    "aws:lambda/getAlias:getAlias": (Need("lambda", "GetAlias", FUNCTION),),
    "aws:lambda/getFunction:getFunction": (Need("lambda", "GetFunction", FUNCTION),),
    "aws:lambda/getInvocation:getInvocation": (Need("lambda", "InvokeFunction", FUNCTION),),
    "aws:iam/role:Role": (
        Need(
            "iam",
            "CreateRole GetRole DeleteRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription TagRole UntagRole"
            " ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole",
            ROLE,
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": (Need("iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy", ROLE),),
    "aws:cloudwatch/logGroup:LogGroup": (
        Need("logs", "DescribeLogGroups", (ANY,)),
        Need("logs", f"CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy {TAGS}", GROUPS),
    ),
    "aws:ecr/repository:Repository": (
        Need(
            "ecr",
            "CreateRepository DescribeRepositories DeleteRepository PutImageTagMutability PutImageScanningConfiguration"
            f" {TAGS}",
            REPOSITORY,
        ),
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": (
        Need("ecr", "SetRepositoryPolicy GetRepositoryPolicy DeleteRepositoryPolicy", REPOSITORY),
    ),
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": (Need("ecr", "GetAuthorizationToken", (ANY,)),),
    "docker-build:index:Image": (
        Need(
            "ecr",
            "BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage BatchGetImage"
            " DescribeImages GetDownloadUrlForLayer",
            REPOSITORY,
        ),
    ),
    "aws:apigatewayv2/api:Api": (Need("apigateway", f"{REST} TagResource UntagResource", APIS),),
    "aws:apigatewayv2/integration:Integration": (Need("apigateway", REST, APIS),),
    "aws:apigatewayv2/route:Route": (Need("apigateway", REST, APIS),),
    "aws:apigatewayv2/domainName:DomainName": (Need("apigateway", REST, DOMAINS),),
    "aws:apigatewayv2/apiMapping:ApiMapping": (Need("apigateway", REST, DOMAINS),),
    "aws:apigatewayv2/stage:Stage": (
        Need("apigateway", REST, APIS),
        # The access log: a delivery of the account's, and a right of the deliverer's to write it.
        Need(
            "logs",
            "CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries"
            " PutResourcePolicy DescribeResourcePolicies DescribeLogGroups",
            (ANY,),
        ),
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": (
        Need("scheduler", f"CreateScheduleGroup GetScheduleGroup DeleteScheduleGroup {TAGS}", SCHEDULE_GROUP),
    ),
    "aws:scheduler/schedule:Schedule": (
        Need("scheduler", "CreateSchedule GetSchedule UpdateSchedule DeleteSchedule", SCHEDULE),
        Need("iam", "PassRole", ROLE, "scheduler.amazonaws.com"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        Need("cloudwatch", f"PutMetricAlarm DescribeAlarms DeleteAlarms {TAGS}", ALARM),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        Need("cloudwatch", "PutDashboard GetDashboard DeleteDashboards", DASHBOARD),
    ),
    "aws:sns/topic:Topic": (
        Need("sns", f"CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic {TAGS}", TOPIC),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        Need("sns", "Subscribe Unsubscribe GetSubscriptionAttributes", TOPIC),
    ),
    # What needs no permission.
    "aws:index/getCallerIdentity:getCallerIdentity": (),
    "aws:index/getPartition:getPartition": (),
    "aws:index/getRegion:getRegion": (),
    "random:index/randomPassword:RandomPassword": (),
}
# What is called around a deployment: by `model-router doctor`, `model-router logs`, and to delete old snapshots.
AROUND = (
    Need("lambda", "GetAccountSettings", (ANY,)),
    Need("lambda", "ListVersionsByFunction DeleteFunction DeleteProvisionedConcurrencyConfig", FUNCTION),
    Need("scheduler", "DeleteSchedule", SCHEDULE),
    Need("logs", "FilterLogEvents", GROUPS),
)


def document(name: str, stack: str, *, account: str = ANY, region: str = ANY, partition: str = "aws") -> dict[str, Any]:
    """The policy for one stack: its own resources by their names, and what AWS lets nobody narrow further."""
    names = {"prefix": f"{name}-{stack}-", "account": account, "region": region, "partition": partition}
    merged: dict[tuple[tuple[str, ...], str | None], set[str]] = {}
    for need in (*(need for needs in NEEDS.values() for need in needs), *AROUND):
        actions = merged.setdefault((need.resources, need.passed_to), set())
        actions.update(f"{need.service}:{action}" for action in need.actions.split())
    statements = [_statement(actions, resources, passed, names) for (resources, passed), actions in merged.items()]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(
    actions: set[str], resources: tuple[str, ...], passed_to: str | None, names: dict[str, str]
) -> dict[str, Any]:
    filled = [resource.format(**names) for resource in resources]
    statement: dict[str, Any] = {"Effect": "Allow", "Action": sorted(actions), "Resource": filled}
    if passed_to:
        statement["Condition"] = {"StringEquals": {"iam:PassedToService": passed_to}}
    return statement


def main(arguments: list[str]) -> None:
    """Print the policy of one stack."""
    parser = argparse.ArgumentParser(prog="python -m infra.policy", description=__doc__)
    parser.add_argument("--stack", default="dev", help="default: %(default)s")
    parser.add_argument("--name", help="the name of a ModelRouter in a program of your own (default: the project's)")
    parser.add_argument("--account", default=ANY, help="twelve digits (default: any)")
    parser.add_argument("--region", default=ANY, help="such as eu-central-1 (default: any)")
    parser.add_argument("--partition", default="aws", help="default: %(default)s")
    options = parser.parse_args(arguments)
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    policy = document(
        options.name or project,
        options.stack,
        account=options.account,
        region=options.region,
        partition=options.partition,
    )
    print(json.dumps(policy, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
