"""Who deploys: a user who may do what the documentation says that a deployment needs, and nothing else."""

import json
from typing import Any

from infra.policy import document
from tests.rehearsal.emulator import ACCOUNT, REGION, Caller, Emulator

PROJECT = "model-router"
# The emulator does not see on which resource these act, and asks whether they are allowed on any.
UNPLACED = frozenset(
    (
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DeleteDashboards",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetDashboard",
        "cloudwatch:PutDashboard",
        "ecr:DescribeRepositories",
        "lambda:CreateFunction",
        "scheduler:CreateSchedule",
        "scheduler:DeleteSchedule",
        "scheduler:GetSchedule",
        "scheduler:UpdateSchedule",
        "sns:GetSubscriptionAttributes",
        "sns:Unsubscribe",
    )
)

# What the emulator takes an action for.
MISTAKEN = {"lambda:UpdateAlias": "lambda:ListAliases"}


def deployer(aws: Emulator, stack: str, without: str = "") -> Caller:
    """A new user with the policy of a stack, `without` one of its actions."""
    policy = document(PROJECT, stack, account=ACCOUNT, region=REGION)
    statements = [_without(statement, without) for statement in policy["Statement"]]
    unplaced = [action for s in statements for action in s["Action"] if action in UNPLACED]
    statements.append({"Effect": "Allow", "Action": unplaced, "Resource": ["*"]})
    name = f"deployer-of-{stack}-without-{without.rpartition(':')[2]}" if without else f"deployer-of-{stack}"
    return aws.user(name, json.dumps(policy | {"Statement": statements}))


def _without(statement: dict[str, Any], action: str) -> dict[str, Any]:
    actions = [one for one in statement["Action"] if one != action]
    return statement | {"Action": actions + [MISTAKEN[one] for one in actions if one in MISTAKEN]}
