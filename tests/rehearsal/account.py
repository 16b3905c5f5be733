"""What a user sees of a deployment besides its answers: versions, and what lies in the account."""

from typing import Any

from tests.rehearsal.checkout import QUESTION
from tests.rehearsal.emulator import ACCOUNT, REGION, Emulator
from tests.rehearsal.stack import Stack

# Settings of a domain of its own.
DOMAIN = {
    "domainName": "api.example.com",
    "certificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/01234567-89ab-cdef-0123-456789abcdef",
}


def live(stack: Stack, part: str) -> str | None:
    """The version that callers of a part get, None where nothing is released."""
    function = f"model-router-{stack.name}-{part}"
    aliases = stack.cloud.aws.client("lambda").list_aliases(FunctionName=function)["Aliases"]
    return next((alias["FunctionVersion"] for alias in aliases if alias["Name"] == "live"), None)


def status(stack: Stack, model: str, key: str | None = None) -> int:
    """How a question to a model is answered."""
    return stack.post(f"/v1/{model}", QUESTION, key).status_code


def stage(stack: Stack) -> dict[str, Any]:
    """The stage of the stack's API as it is now."""
    gateway = stack.cloud.aws.client("apigatewayv2")
    (api,) = [api for api in gateway.get_apis()["Items"] if api["Name"] == f"model-router-{stack.name}-api"]
    return dict(gateway.get_stage(ApiId=api["ApiId"], StageName="$default"))


def left(aws: Emulator) -> dict[str, list[str]]:
    """Everything that lies in the account, by kind; kinds of which there is nothing are left out."""
    logs, watch = aws.client("logs"), aws.client("cloudwatch")
    groups = aws.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    everything = {
        "functions": [one["FunctionName"] for one in aws.client("lambda").list_functions()["Functions"]],
        "roles": [one["RoleName"] for one in aws.client("iam").list_roles()["Roles"]],
        "logs": [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]],
        "images": [one["repositoryName"] for one in aws.client("ecr").describe_repositories()["repositories"]],
        "apis": [one["Name"] for one in aws.client("apigatewayv2").get_apis()["Items"]],
        "schedules": [one["Name"] for one in aws.client("scheduler").list_schedules()["Schedules"]],
        "schedule groups": [one["Name"] for one in groups if one["Name"] != "default"],
        "alarms": [one["AlarmName"] for one in watch.describe_alarms()["MetricAlarms"]],
        "dashboards": [one["DashboardName"] for one in watch.list_dashboards()["DashboardEntries"]],
        "topics": [one["TopicArn"] for one in aws.client("sns").list_topics()["Topics"]],
    }
    return {kind: names for kind, names in everything.items() if names}
