"""How a model starts other than by the schedule: from a snapshot, or with sandboxes that stand ready."""

import asyncio
import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import leftovers
from infra.deployment import DeployedModel, Deployment
from infra.execution import allow, policy, trust
from infra.names import HOURS
from infra.release import Release
from shared.deployment import ALIAS
from shared.spec import Provisioned

SNAPSHOTS = aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions")
# Actions of Lambda that the scheduler calls as they are.
CALL = "arn:aws:scheduler:::aws-sdk:lambda:"


class Start(pulumi.ComponentResource):
    """Sandboxes of one model that stand ready, all the time or by hours."""

    def __init__(
        self, model: DeployedModel, deployment: Deployment, live: Release, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        self._part, self._deployment = model.spec.id, deployment
        self._own = deployment.names.resource(self._part)
        super().__init__("model-router:index:Start", self._own, {}, opts)
        instances = model.spec.instances
        if instances and instances.on:
            self._schedule(instances, live)
        elif instances:
            aws.lambda_.ProvisionedConcurrencyConfig(
                self._own,
                function_name=live.alias.function_name,
                qualifier=live.alias.name,
                provisioned_concurrent_executions=instances.instances,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})

    def _schedule(self, instances: Provisioned, live: Release) -> None:
        """Two schedules: one asks Lambda for the instances, one gives them back."""
        names = self._deployment.names
        child = pulumi.ResourceOptions(parent=self)
        part = f"{self._part}{HOURS}"
        group = aws.scheduler.ScheduleGroup(self._own, name=names.of(part), tags=names.tags, opts=child)

        def trusting(arn: str) -> str:
            condition = {"StringEquals": {"aws:SourceAccount": names.account}, "ArnEquals": {"aws:SourceArn": arn}}
            return trust("scheduler.amazonaws.com", **condition)

        role = aws.iam.Role(
            f"{self._own}{HOURS}",
            name=names.of(part),
            assume_role_policy=group.arn.apply(trusting),
            tags=names.tags,
            opts=child,
        )
        actions = ["lambda:PutProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig"]
        may_change = aws.iam.RolePolicy(
            f"{self._own}{HOURS}",
            role=role.name,
            policy=policy(allow(actions, names.alias_arn(self._part))),
            opts=child,
        )
        alias = {"FunctionName": names.of(self._part), "Qualifier": ALIAS}
        wanted = alias | {"ProvisionedConcurrentExecutions": instances.instances}
        calls: tuple[tuple[str, str | None, str, dict[str, Any]], ...] = (
            ("on", instances.on, "putProvisionedConcurrencyConfig", wanted),
            ("off", instances.off, "deleteProvisionedConcurrencyConfig", alias),
        )
        for moment, cron, call, arguments in calls:
            aws.scheduler.Schedule(
                f"{self._own}-{moment}",
                name=names.of(f"{self._part}-{moment}"),
                group_name=group.name,
                state="ENABLED",
                schedule_expression=cron or "",
                schedule_expression_timezone=instances.timezone,
                flexible_time_window={"mode": "OFF"},
                target={
                    "arn": CALL + call,
                    "role_arn": role.arn,
                    "input": json.dumps(arguments),
                    "retry_policy": {"maximum_retry_attempts": 10, "maximum_event_age_in_seconds": 3600},
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[may_change, live.alias]),
            )


def clear(model: DeployedModel, deployment: Deployment, live: Release) -> pulumi.Output[str]:
    """Once the alias is where it belongs, remove what a former way to start has left.

    The output says what was looked for.
    """
    spec = model.spec

    async def look() -> str:
        if pulumi.runtime.is_dry_run():
            return "nothing"
        outcome = await live.settled()
        may_have_snapshots = spec.start == "snapstart" or outcome.has_moved
        former = leftovers.Former(
            part=spec.id,
            keep={outcome.version, outcome.live} if may_have_snapshots else None,
            hours=spec.instances is None,
        )
        # Most models were never started otherwise, and their users need not hear of it.
        tell = pulumi.log.debug if spec.start == "warm" else pulumi.log.warn
        await asyncio.to_thread(leftovers.remove, deployment.names, former, tell)
        return str(former)

    looked: pulumi.Output[str] = pulumi.Output.from_input(look())
    return looked
