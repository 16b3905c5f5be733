"""One model: its image, its function, and the alias under which the router knows it."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.deployment import DeployedModel, Deployment
from infra.execution import Execution
from infra.model_image import ModelImage
from infra.release import Fault, Release
from infra.start import SNAPSHOTS, Clearance, Start
from shared.deployment import METRICS_NAMESPACE
from shared.golden import difference


class ModelFunction(pulumi.ComponentResource):
    """A catalog entry as a container function. `live.alias` is what the router invokes."""

    def __init__(
        self, model: DeployedModel, deployment: Deployment, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        part = model.spec.id
        own = deployment.names.resource(part)
        super().__init__("model-router:index:ModelFunction", own, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.model = model
        image = ModelImage(model, deployment, opts=child)
        execution = Execution(part, deployment, opts=child)
        self.function = aws.lambda_.Function(
            own,
            name=deployment.names.of(part),
            package_type="Image",
            image_uri=image.uri,
            architectures=[deployment.settings.architecture],
            memory_size=model.spec.memory_mb,
            timeout=model.spec.timeout_s,
            role=execution.role.arn,
            environment={"variables": {METRICS_NAMESPACE: deployment.names.metrics_namespace}},
            logging_config={"log_format": "JSON", "log_group": execution.logs.name},
            publish=True,
            snap_start=SNAPSHOTS if model.spec.start == "snapstart" else None,
            tags=deployment.names.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*execution.policies, image.pull]),
        )
        example = model.manifest.example
        clearance = Clearance(model, deployment)
        self.live = Release(
            part,
            self.function,
            deployment,
            payload={"request": example["request"], "request_id": "release"},
            check=lambda reply: wrong(example["result"], reply),
            before=clearance.give_back,
            opts=child,
        )
        if model.spec.instances:
            Start(model, deployment, self.live, child)
        clearance.forget_snapshots(self.live)
        self.register_outputs({"function": self.function.name, "alias": self.live.alias.arn})


def wrong(golden: Any, reply: dict[str, Any]) -> Fault | None:
    """What is wrong with a model's reply to its example; None when it is the golden answer."""
    if "result" not in reply:
        text = f"answers its example with {json.dumps(reply.get('error', reply))[:300]}"
        return Fault(text=text, may_pass=True)
    problem = difference(golden, reply["result"])
    return Fault(text=f"answers its example wrong: {problem}", may_pass=False) if problem else None
