"""A function's way to traffic: its new version has to give the expected answer before the alias moves to it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.deployment import Deployment
from infra.names import ALIAS

Check = Callable[[Any], str | None]


class Release(pulumi.ComponentResource):
    """The alias of one function.

    `check` says what is wrong with the new version's answer to `payload`, or None; what is in `after` is there before
    it is asked. A version pinned in the settings is served unasked: its own golden answer is gone.
    """

    def __init__(
        self,
        part: str,
        function: aws.lambda_.Function,
        deployment: Deployment,
        *,
        payload: dict[str, Any],
        check: Check,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("model-router:index:Release", part, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        pinned = deployment.settings.pinned_versions.get(part)
        version: pulumi.Input[str] = pinned or self._approved(part, function, payload, check, after)
        self.alias = aws.lambda_.Alias(
            part, name=ALIAS, function_name=function.name, function_version=version, opts=child
        )
        self.register_outputs({"alias": self.alias.arn})

    def _approved(
        self,
        part: str,
        function: aws.lambda_.Function,
        payload: dict[str, Any],
        check: Check,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Output[str]:
        trial = aws.lambda_.Invocation(
            part,
            function_name=function.name,
            qualifier=function.version,
            input=json.dumps(payload, sort_keys=True),
            lifecycle_scope="CREATE_ONLY",
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )

        def verdict(values: tuple[str, str]) -> str:
            version, reply = values
            problem = check(json.loads(reply))
            if problem:
                raise pulumi.RunError(
                    f"Version {version} of {part} is not released: {problem}. The alias {ALIAS} stays where it is; "
                    "mend the model or pin a version (pulumi config set pinnedVersions)."
                )
            return version

        return pulumi.Output.all(function.version, trial.result).apply(lambda values: verdict((values[0], values[1])))
