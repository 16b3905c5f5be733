"""The schedule that keeps models warm, and the alarms."""

import json

import pytest

from tests.infra.conftest import Deploy
from tests.infra.program import ACCOUNT, REGION, Program

SCHEDULE, ALARM = "aws:scheduler/schedule:Schedule", "aws:cloudwatch/metricAlarm:MetricAlarm"


def test_the_schedule_warms_by_the_routers_alias(program: Program) -> None:
    target = program.one(SCHEDULE, "warm-up")["target"]
    # $LATEST has sandboxes of its own, which serve nobody.
    assert target["arn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:model-router-dev-router:live"
    assert json.loads(target["input"]) == {"warmup": {}}


def test_a_warm_up_that_fails_is_not_repeated_by_the_scheduler(program: Program) -> None:
    retry = program.one(SCHEDULE, "warm-up")["target"]["retryPolicy"]
    assert retry == {"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60}


def test_a_warm_up_that_fails_is_not_repeated_by_lambda(program: Program) -> None:
    # On the alias that the scheduler invokes: a setting of the function itself does not reach it.
    assert program.one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "warm-up") == {
        "functionName": "model-router-dev-router",
        "qualifier": "live",
        "maximumRetryAttempts": 0,
        "maximumEventAgeInSeconds": 60,
    }


@pytest.mark.parametrize(
    ("minutes", "expression", "state"),
    [
        ("5", "rate(5 minutes)", "ENABLED"),
        ("1", "rate(1 minute)", "ENABLED"),
        ("0", "rate(5 minutes)", "DISABLED"),
    ],
)
def test_the_interval_is_a_setting(deploy: Deploy, minutes: str, expression: str, state: str) -> None:
    schedule = deploy(warmUpMinutes=minutes).one(SCHEDULE, "warm-up")
    assert (schedule["scheduleExpression"], schedule["state"]) == (expression, state)
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}


def test_every_function_is_watched_for_errors_throttles_and_time_outs(program: Program) -> None:
    for part in ("qa", "spanish-qa", "embeddings", "router"):
        for metric in ("errors", "throttles"):
            dimensions = program.one(ALARM, f"{part}-{metric}")["dimensions"]
            assert dimensions == {
                "FunctionName": f"model-router-dev-{part}",
                "Resource": f"model-router-dev-{part}:live",
            }


def test_durations_are_watched_by_metrics_that_no_warm_up_is_in(program: Program) -> None:
    keys = ("namespace", "metricName", "dimensions")
    model, router = program.one(ALARM, "spanish-qa-duration"), program.one(ALARM, "router-duration")
    assert [model[key] for key in keys] == ["model-router/dev", "total_ms", {"model": "spanish-qa"}]
    assert [router[key] for key in keys] == ["AWS/ApiGateway", "IntegrationLatency", {"ApiId": "api-id"}]
    # 80 % of the 29 s after which the router gives up, whatever a function's own time-out is.
    assert {model["threshold"], router["threshold"]} == {23_200}
    assert model["extendedStatistic"] == "p99"


def test_the_api_is_watched_for_errors_and_latency(program: Program, deploy: Deploy) -> None:
    assert program.one(ALARM, "api-errors")["metricName"] == "5xx"
    latency = deploy(alarmLatencyMs="900").one(ALARM, "api-latency")
    assert (latency["extendedStatistic"], latency["threshold"]) == ("p95", 900)


def test_no_traffic_is_no_alarm(program: Program) -> None:
    assert {alarm.inputs["treatMissingData"] for alarm in program.all(ALARM)} == {"notBreaching"}


def test_alarms_go_to_the_address_that_was_given(program: Program, deploy: Deploy) -> None:
    assert program.all("aws:sns/topic:Topic") == []
    mailed = deploy(alarmEmail="ops@example.com")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:model-router-dev-alarms"
    assert {tuple(alarm.inputs["alarmActions"]) for alarm in mailed.all(ALARM)} == {(topic,)}
    subscription = mailed.one("aws:sns/topicSubscription:TopicSubscription", "monitoring")
    assert subscription == {"topic": topic, "protocol": "email", "endpoint": "ops@example.com"}


def test_the_dashboard_shows_every_function(program: Program) -> None:
    body = program.one("aws:cloudwatch/dashboard:Dashboard", "monitoring")["dashboardBody"]
    widgets = json.loads(body)["widgets"]
    assert all(widget["properties"]["region"] == REGION for widget in widgets)
    for part in ("qa", "spanish-qa", "embeddings", "router"):
        assert f"model-router-dev-{part}:live" in body
