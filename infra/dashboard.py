"""The dashboard's JSON: what the API and each function did, five minutes a point."""

from collections.abc import Sequence
from typing import Any

from infra.names import Names
from shared.deployment import ALIAS

WIDTH, HEIGHT, COLUMNS = 8, 6, 3


def body(names: Names, api_id: str, parts: Sequence[str]) -> dict[str, Any]:
    """The dashboard of one API and of the functions behind it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    api = ["AWS/ApiGateway"]
    charts: list[tuple[str, str, list[list[Any]]]] = [
        ("Requests", "Sum", [[*api, metric, "ApiId", api_id] for metric in ("Count", "4xx", "5xx")]),
        ("Latency p50, p95", "p95", [[*api, "Latency", "ApiId", api_id], _stat(api, "p50", api_id)]),
    ]
    for title, metric, statistic in (
        ("Invocations", "Invocations", "Sum"),
        ("Errors", "Errors", "Sum"),
        ("Throttles", "Throttles", "Sum"),
        ("Duration p95", "Duration", "p95"),
        ("Sandboxes at work", "ConcurrentExecutions", "Maximum"),
    ):
        charts.append((title, statistic, [_function(metric, names.of(part)) for part in parts]))
    return {"widgets": [_widget(i, names.region, *chart) for i, chart in enumerate(charts)]}


def _stat(api: list[str], statistic: str, api_id: str) -> list[Any]:
    return [*api, "Latency", "ApiId", api_id, {"stat": statistic}]


def _function(metric: str, name: str) -> list[Any]:
    return ["AWS/Lambda", metric, "FunctionName", name, "Resource", f"{name}:{ALIAS}", {"label": name}]


def _widget(index: int, region: str, title: str, statistic: str, metrics: list[list[Any]]) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": index % COLUMNS * WIDTH,
        "y": index // COLUMNS * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {"title": title, "region": region, "stat": statistic, "period": 300, "metrics": metrics},
    }
