"""Creates in the emulator what stands around the functions: the API, the schedule, the alarms and the key."""

import secrets

from tests.rehearsal.emulator import ACCOUNT, REGION, Emulator
from tests.rehearsal.resource import Create, Created, Inputs, tags


def api(aws: Emulator, name: str, i: Inputs) -> Created:
    api = aws.client("apigatewayv2").create_api(Name=i["name"], ProtocolType=i["protocolType"], Tags=i["tags"])
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api['ApiId']}"
    return api["ApiId"], {"apiEndpoint": aws.api(api["ApiId"]), "executionArn": arn}


def integration(aws: Emulator, name: str, i: Inputs) -> Created:
    integration = aws.client("apigatewayv2").create_integration(
        ApiId=i["apiId"],
        IntegrationType=i["integrationType"],
        IntegrationUri=i["integrationUri"],
        PayloadFormatVersion=i["payloadFormatVersion"],
        TimeoutInMillis=int(i["timeoutMilliseconds"]),
    )
    return integration["IntegrationId"], {}


def route(aws: Emulator, name: str, i: Inputs) -> Created:
    route = aws.client("apigatewayv2").create_route(
        ApiId=i["apiId"],
        RouteKey=i["routeKey"],
        Target=i["target"],
        AuthorizationType=i["authorizationType"],
    )
    return route["RouteId"], {}


def stage(aws: Emulator, name: str, i: Inputs) -> Created:
    log, limits = i["accessLogSettings"], i["defaultRouteSettings"]
    aws.client("apigatewayv2").create_stage(
        ApiId=i["apiId"],
        StageName=i["name"],
        AutoDeploy=i["autoDeploy"],
        AccessLogSettings={"DestinationArn": log["destinationArn"], "Format": log["format"]},
        DefaultRouteSettings={
            "ThrottlingBurstLimit": int(limits["throttlingBurstLimit"]),
            "ThrottlingRateLimit": limits["throttlingRateLimit"],
        },
        Tags=i["tags"],
    )
    return i["name"], {}


def schedule_group(aws: Emulator, name: str, i: Inputs) -> Created:
    group = aws.client("scheduler").create_schedule_group(Name=i["name"], Tags=tags(i))
    return i["name"], {"arn": group["ScheduleGroupArn"]}


def schedule(aws: Emulator, name: str, i: Inputs) -> Created:
    target, retry = i["target"], i["target"]["retryPolicy"]
    aws.client("scheduler").create_schedule(
        Name=i["name"],
        GroupName=i["groupName"],
        State=i["state"],
        ScheduleExpression=i["scheduleExpression"],
        FlexibleTimeWindow={"Mode": i["flexibleTimeWindow"]["mode"]},
        Target={
            "Arn": target["arn"],
            "RoleArn": target["roleArn"],
            "Input": target["input"],
            "RetryPolicy": {
                "MaximumRetryAttempts": int(retry["maximumRetryAttempts"]),
                "MaximumEventAgeInSeconds": int(retry["maximumEventAgeInSeconds"]),
            },
        },
    )
    return i["name"], {}


def metric_alarm(aws: Emulator, name: str, i: Inputs) -> Created:
    statistic = {"Statistic": i["statistic"]} if "statistic" in i else {"ExtendedStatistic": i["extendedStatistic"]}
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=i["name"],
        Namespace=i["namespace"],
        MetricName=i["metricName"],
        Dimensions=[{"Name": key, "Value": value} for key, value in i["dimensions"].items()],
        Period=int(i["period"]),
        EvaluationPeriods=int(i["evaluationPeriods"]),
        Threshold=i["threshold"],
        ComparisonOperator=i["comparisonOperator"],
        TreatMissingData=i["treatMissingData"],
        **statistic,
    )
    return i["name"], {}


def dashboard(aws: Emulator, name: str, i: Inputs) -> Created:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_dashboard(DashboardName=i["dashboardName"], DashboardBody=i["dashboardBody"])
    return i["dashboardName"], {}


def random_password(aws: Emulator, name: str, i: Inputs) -> Created:
    return name, {"result": secrets.token_hex(int(i["length"]) // 2)}


# The function that creates a resource, by its type.
CREATE: dict[str, Create] = {
    "Api": api,
    "Integration": integration,
    "Route": route,
    "Stage": stage,
    "ScheduleGroup": schedule_group,
    "Schedule": schedule,
    "MetricAlarm": metric_alarm,
    "Dashboard": dashboard,
    "RandomPassword": random_password,
}
