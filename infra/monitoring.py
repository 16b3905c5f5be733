"""What is watched: alarms for every function and for the API, and one dashboard."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.dashboard import body
from infra.deployment import Deployment
from infra.router_api import RouterApi
from shared.catalog import Spec
from shared.deployment import ALIAS, DEADLINE_MS, ROUTER

PART = "monitoring"
# What takes longer than this share of the time that its caller waits is about to fail.
NEAR_TIMEOUT = 0.8


class Monitoring(pulumi.ComponentResource):
    """Alarms, the topic they go to, and the dashboard's URL."""

    def __init__(self, deployment: Deployment, api: RouterApi, opts: pulumi.ResourceOptions | None = None) -> None:
        self._names = deployment.names
        super().__init__("model-router:index:Monitoring", self._names.resource(PART), {}, opts)
        self._actions = self._topic(deployment)
        parts = [ROUTER, *(model.spec.id for model in deployment.models)]
        for part in parts:
            self._watch_function(part)
        for model in deployment.models:
            self._watch_duration(model.spec)
        self._watch_api(deployment, api)
        dashboard = aws.cloudwatch.Dashboard(
            self._names.resource(PART),
            dashboard_name=self._names.of("dashboard"),
            dashboard_body=api.api.id.apply(lambda api_id: json.dumps(body(self._names, api_id, parts))),
            opts=pulumi.ResourceOptions(parent=self),
        )
        home = f"https://{self._names.region}.console.aws.amazon.com/cloudwatch/home?region={self._names.region}"
        self.url = pulumi.Output.concat(home, "#dashboards/dashboard/", dashboard.dashboard_name)
        self.register_outputs({"url": self.url})

    def _topic(self, deployment: Deployment) -> list[pulumi.Input[str]]:
        child = pulumi.ResourceOptions(parent=self)
        email = deployment.settings.alarm_email
        if not email:
            return []
        own = self._names.resource(PART)
        topic = aws.sns.Topic(own, name=self._names.of("alarms"), tags=self._names.tags, opts=child)
        aws.sns.TopicSubscription(own, topic=topic.arn, protocol="email", endpoint=email, opts=child)
        return [topic.arn]

    def _watch_function(self, part: str) -> None:
        of = {"FunctionName": self._names.of(part), "Resource": f"{self._names.of(part)}:{ALIAS}"}
        self._alarm(f"{part}-errors", "AWS/Lambda", "Errors", of, above=0, statistic="Sum")
        self._alarm(f"{part}-throttles", "AWS/Lambda", "Throttles", of, above=0, statistic="Sum")

    def _watch_duration(self, spec: Spec) -> None:
        """By the model's own metric: Lambda's counts pings as well, which wait for a model that loads."""
        near = min(spec.timeout_s * 1000, DEADLINE_MS) * NEAR_TIMEOUT
        of = {"model": spec.id}
        self._alarm(f"{spec.id}-duration", self._names.metrics_namespace, "total_ms", of, above=near, percentile="p99")

    def _watch_api(self, deployment: Deployment, api: RouterApi) -> None:
        of = {"ApiId": api.api.id}
        self._alarm("api-errors", "AWS/ApiGateway", "5xx", of, above=0, statistic="Sum")
        near = DEADLINE_MS * NEAR_TIMEOUT
        self._alarm(f"{ROUTER}-duration", "AWS/ApiGateway", "IntegrationLatency", of, above=near, percentile="p99")
        limit = deployment.settings.alarm_latency_ms
        self._alarm("api-latency", "AWS/ApiGateway", "Latency", of, above=limit, percentile="p95")

    def _alarm(
        self,
        name: str,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, pulumi.Input[str]],
        *,
        above: float,
        statistic: str | None = None,
        percentile: str | None = None,
    ) -> None:
        aws.cloudwatch.MetricAlarm(
            self._names.resource(name),
            name=self._names.of(name),
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic=statistic,
            extended_statistic=percentile,
            period=300,
            evaluation_periods=1,
            threshold=above,
            comparison_operator="GreaterThanThreshold",
            # No traffic is no fault.
            treat_missing_data="notBreaching",
            alarm_actions=self._actions,
            tags=self._names.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
