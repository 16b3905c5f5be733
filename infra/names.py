"""How everything in a deployment is called: names, ARNs and tags. Knows no resource."""

from dataclasses import dataclass

from shared.deployment import ALIAS

# Lambda's limit for a function's name, IAM's for a role's and the scheduler's.
MAX_NAME = 64
# What every service takes: a registry of images no upper case and no two hyphens in a row, Lambda no dot.
PATTERN = r"[a-z0-9]+(-[a-z0-9]+)*"
WARM_UP = "warm-up"
# How the names of what keeps a model's hours end.
HOURS = "-hours"
# The parts of a deployment that are no model, beside the router. Some have roles or alarms of these names.
RESERVED = (WARM_UP, "api", "monitoring", "dashboard", "alarms")


@dataclass(frozen=True, kw_only=True)
class Names:
    """One stack in one account and region, known before any resource: a policy need not wait for what it names.

    `name` is what this platform is called, `prefix` how the names of its resources begin in the program, where it
    shares them with others.
    """

    name: str
    stack: str
    partition: str
    region: str
    account: str
    prefix: str = ""

    def resource(self, part: str) -> str:
        """Return the name by which the program knows a resource."""
        return f"{self.prefix}{part}"

    def of(self, part: str) -> str:
        """What a part of the platform is called, such as `model-router-dev-qa`."""
        return f"{self.name}-{self.stack}-{part}"

    def function_arn(self, part: str) -> str:
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.of(part)}"

    def alias_arn(self, part: str) -> str:
        """What is invoked. A permission on the function's own ARN does not cover it."""
        return f"{self.function_arn(part)}:{ALIAS}"

    @property
    def metrics_namespace(self) -> str:
        """Where its functions write their metrics: those of two stacks must not add up."""
        return f"{self.name}/{self.stack}"

    @property
    def tags(self) -> dict[str, str]:
        """On every resource that can carry tags."""
        return {"project": self.name, "stack": self.stack, "managed-by": "pulumi"}
