"""Makes what a model needs to start other than by the schedule: from a snapshot, or from sandboxes that stand ready."""

import asyncio
import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import leftovers
from infra.deployment import DeployedModel, Deployment
from infra.execution import allow, policy, trust_scheduler
from infra.names import HOURS
from infra.release import Release
from shared.deployment import ALIAS
from shared.spec import Provisioned

SNAPSHOTS = aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions")


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
        role = aws.iam.Role(
            f"{self._own}{HOURS}",
            name=names.of(part),
            assume_role_policy=group.arn.apply(lambda arn: trust_scheduler(names, arn)),
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
                    "arn": f"arn:{names.partition}:scheduler:::aws-sdk:lambda:{call}",
                    "role_arn": role.arn,
                    "input": json.dumps(arguments),
                    "retry_policy": {"maximum_retry_attempts": 10, "maximum_event_age_in_seconds": 3600},
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[may_change, live.alias]),
            )


class Clearance:
    """Takes away what a former way to start of one model has left: nothing in a preview."""

    def __init__(self, model: DeployedModel, deployment: Deployment) -> None:
        self._spec = model.spec
        self._names = deployment.names
        self._is_pinned = model.spec.id in deployment.settings.pinned_versions

    async def give_back(self) -> None:
        """Give back sandboxes that stand ready and are no longer wanted. Lambda takes no snapshots beside them."""
        if self._spec.instances is None:
            await asyncio.to_thread(leftovers.give_back, self._names, self._spec.id, self._tell)

    def forget_snapshots(self, live: Release) -> pulumi.Output[bool]:
        """Delete other snapshots than those in use, once the alias is where it belongs. Says whether it looked.

        While a version is pinned all are kept: the newest, which is gone back to, is among them.
        """

        async def look() -> bool:
            if pulumi.runtime.is_dry_run() or self._is_pinned:
                return False
            outcome = await live.settled()
            keep = {outcome.version, outcome.live}
            await asyncio.to_thread(leftovers.forget_snapshots, self._names, self._spec.id, keep, self._tell)
            return True

        looked: pulumi.Output[bool] = pulumi.Output.from_input(look())
        return looked

    def _tell(self, sentence: str) -> None:
        # Most models that are kept warm were never started otherwise.
        (pulumi.log.info if self._spec.start == "warm" else pulumi.log.warn)(sentence)
