"""The router: one light function that may invoke exactly the models' aliases."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from infra import package, pins
from infra.deployment import Deployment, program_path
from infra.execution import Execution, allow
from infra.model_function import ModelFunction
from infra.release import Fault, Release
from shared.deployment import (
    FUNCTION_ENVIRONMENT,
    METRICS_NAMESPACE,
    ROUTER,
    ROUTER_HANDLER,
    ROUTER_MEMORY_MB,
    ROUTER_TIMEOUT_S,
)


class RouterFunction(pulumi.ComponentResource):
    """`live.alias` is what the API and the schedule invoke, `keys` the API keys by name (secret)."""

    def __init__(
        self, deployment: Deployment, models: Sequence[ModelFunction], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("model-router:index:RouterFunction", deployment.names.resource(ROUTER), {}, opts)
        generated = self._keys(deployment)
        self.keys = generated if deployment.settings.auth == "api-key" else {}
        self.function = self._function(deployment)
        served = [model.model.spec.id for model in models]
        self.live = Release(
            ROUTER,
            self.function,
            deployment,
            # One warm sandbox of each model, through the router's own role: proves its environment and its permissions.
            payload={"warmup": {"concurrency": dict.fromkeys(served, 1)}},
            check=lambda reply: _unreached(reply, served),
            opts=pulumi.ResourceOptions(parent=self),
            after=[model.live for model in models],
            may_serve=self._pin_fault(deployment),
        )
        self.register_outputs({"function": self.function.name, "alias": self.live.alias.arn})

    @property
    def first_key(self) -> pulumi.Output[str] | None:
        """The key to begin with; None where no key is asked for."""
        return next(iter(self.keys.values()), None)

    def _keys(self, deployment: Deployment) -> dict[str, pulumi.Output[str]]:
        """They stay when `auth` changes, so that nobody needs another key when it changes back."""
        child = pulumi.ResourceOptions(parent=self)
        resources = {name: deployment.names.resource(f"key-{name}") for name in deployment.settings.api_keys}
        return {
            name: random.RandomPassword(resource, length=40, special=False, opts=child).result
            for name, resource in resources.items()
        }

    def _pin_fault(self, deployment: Deployment) -> pulumi.Output[Fault | None] | None:
        """What is wrong with the keys of a pinned router, which have the names of this stack's keys."""
        environment = deployment.pinned_router
        if environment is None or not self.keys:
            return None
        old = pins.digests(environment)

        def fault(keys: dict[str, str]) -> Fault | None:
            others = sorted(name for name, key in keys.items() if old.get(name) != _digest(key))
            text = f"has other keys of the names {', '.join(others)}, which were dropped since"
            return Fault(text=text, may_pass=False) if others else None

        return pulumi.Output.all(**self.keys).apply(fault)

    def _function(self, deployment: Deployment) -> aws.lambda_.Function:
        names = deployment.names
        models = [names.alias_arn(model.spec.id) for model in deployment.models]
        invoking = allow("lambda:InvokeFunction", *models)
        execution = Execution(ROUTER, deployment, invoking, opts=pulumi.ResourceOptions(parent=self))
        archive = package.router_zip(deployment)
        variables: dict[str, pulumi.Input[str]] = {
            **FUNCTION_ENVIRONMENT,
            METRICS_NAMESPACE: names.metrics_namespace,
            "CATALOG": package.CATALOG,
            "MODEL_FUNCTION": names.alias_arn("{id}"),
            "AUTH": deployment.settings.auth,
        }
        if self.keys:
            digests = {name: key.apply(_digest) for name, key in self.keys.items()}
            variables["API_KEYS"] = pulumi.Output.json_dumps(digests, sort_keys=True)
        return aws.lambda_.Function(
            names.resource(ROUTER),
            name=names.of(ROUTER),
            code=pulumi.FileArchive(program_path(archive)),
            source_code_hash=_code_hash(archive),
            runtime=package.RUNTIME,
            handler=ROUTER_HANDLER,
            architectures=[deployment.settings.architecture],
            memory_size=ROUTER_MEMORY_MB,
            timeout=ROUTER_TIMEOUT_S,
            role=execution.role.arn,
            environment={"variables": variables},
            logging_config={"log_format": "JSON", "log_group": execution.logs.name},
            publish=True,
            tags=names.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=execution.policies),
        )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _code_hash(archive: Path) -> str:
    return base64.b64encode(hashlib.sha256(archive.read_bytes()).digest()).decode()


def _unreached(reply: dict[str, Any], served: list[str]) -> Fault | None:
    warm = reply.get("warm", {})
    cold = [part for part in served if not warm.get(part, {}).get("sandboxes")]
    text = f"does not reach {', '.join(cold)} ({json.dumps(reply)[:300]})"
    return Fault(text=text, may_pass=True) if cold else None
