"""What every function runs with: a log group of its own, and a role that may write there and do nothing unasked."""

import hashlib
import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.deployment import Deployment
from infra.names import Names

Statement = dict[str, Any]


def allow(action: str | list[str], *resources: str) -> Statement:
    """A statement of a policy: exactly these actions on exactly these resources."""
    return {"Effect": "Allow", "Action": action, "Resource": list(resources)}


def trust(service: str, **condition: Any) -> str:
    """The policy by which an AWS service may take on a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policy(statement | ({"Condition": condition} if condition else {}))


def trust_scheduler(names: Names, group_arn: str) -> str:
    """The policy by which the scheduler may take on a role, for the schedules of one group only."""
    condition = {"StringEquals": {"aws:SourceAccount": names.account}, "ArnEquals": {"aws:SourceArn": group_arn}}
    return trust("scheduler.amazonaws.com", **condition)


def policy(*statements: Statement) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Execution(pulumi.ComponentResource):
    """Log group and role of one function, to be there before it: otherwise Lambda makes a group that keeps all."""

    def __init__(
        self, part: str, deployment: Deployment, *statements: Statement, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("model-router:index:Execution", deployment.names.resource(part), {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        names = deployment.names
        self.logs = aws.cloudwatch.LogGroup(
            names.resource(part),
            name=f"/aws/lambda/{names.of(part)}",
            retention_in_days=deployment.settings.log_retention_days,
            tags=names.tags,
            opts=child,
        )
        self.role = aws.iam.Role(
            names.resource(part),
            name=names.of(part),
            assume_role_policy=trust("lambda.amazonaws.com"),
            tags=names.tags,
            opts=child,
        )
        group = f"arn:{names.partition}:logs:{names.region}:{names.account}:log-group:/aws/lambda/{names.of(part)}"
        # No logs:CreateLogGroup: the group above exists. PutLogEvents acts on a group's streams, hence the `:*`.
        writing = allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*")
        own = names.resource(part)
        self.policies = [aws.iam.RolePolicy(own, role=self.role.name, policy=policy(writing), opts=child)]
        if statements:
            # Another resource when it says something else: it is made before a new version serves, and the one before
            # it goes at the very end, so that what is live never loses a permission first.
            document = policy(*statements)
            name = f"{own}-{hashlib.sha256(document.encode()).hexdigest()[:8]}"
            self.policies.append(aws.iam.RolePolicy(name, role=self.role.name, policy=document, opts=child))
        self.register_outputs({"role": self.role.arn, "logs": self.logs.name})
