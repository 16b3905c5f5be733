"""The schedule that keeps models warm, by way of the router that their traffic takes."""

import json

import pulumi
import pulumi_aws as aws

from infra.deployment import Deployment
from infra.execution import allow, policy, trust_scheduler
from infra.names import WARM_UP as PART
from infra.names import Names
from infra.router_function import RouterFunction


class WarmUp(pulumi.ComponentResource):
    """A warm-up event for the router's alias every few minutes. One that fails is not repeated: the next is soon."""

    def __init__(
        self, deployment: Deployment, router: RouterFunction, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        names = deployment.names
        own = names.resource(PART)
        super().__init__("model-router:index:WarmUp", own, {}, opts)
        # The scheduler invokes asynchronously: without this, Lambda would repeat a failed warm-up twice by itself.
        aws.lambda_.FunctionEventInvokeConfig(
            own,
            function_name=router.function.name,
            qualifier=router.live.alias.name,
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=60,
            opts=pulumi.ResourceOptions(parent=self),
        )
        group = aws.scheduler.ScheduleGroup(
            own, name=names.of(PART), tags=names.tags, opts=pulumi.ResourceOptions(parent=self)
        )
        role, may_invoke = self._role(names, router.live.alias.arn, group.arn)
        minutes = deployment.settings.warm_up_minutes
        aws.scheduler.Schedule(
            own,
            name=names.of(PART),
            group_name=group.name,
            state="ENABLED" if minutes else "DISABLED",
            schedule_expression=f"rate({minutes or 5} minute{'' if minutes == 1 else 's'})",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": router.live.alias.arn,
                "role_arn": role.arn,
                "input": json.dumps({"warmup": {}}),
                # The defaults are 185 attempts within a day.
                "retry_policy": {"maximum_retry_attempts": 0, "maximum_event_age_in_seconds": 60},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_invoke]),
        )
        self.register_outputs({"group": group.name})

    def _role(
        self, names: Names, alias_arn: pulumi.Output[str], group_arn: pulumi.Output[str]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """What the scheduler is while it fires: this group's schedules only, and this alias only."""
        child = pulumi.ResourceOptions(parent=self)
        own = names.resource(PART)

        trusting = group_arn.apply(lambda arn: trust_scheduler(names, arn))
        role = aws.iam.Role(own, name=names.of(PART), assume_role_policy=trusting, tags=names.tags, opts=child)
        invoking = alias_arn.apply(lambda arn: policy(allow("lambda:InvokeFunction", arn)))
        return role, aws.iam.RolePolicy(own, role=role.name, policy=invoking, opts=child)
