"""The Pulumi program: catalog -> model functions -> router -> API, schedule, alarms. Decisions are in `infra`."""

from pathlib import Path

import pulumi

from infra.deployment import Deployment
from infra.model_function import ModelFunction
from infra.monitoring import Monitoring
from infra.release import conclude
from infra.router_api import RouterApi
from infra.router_function import RouterFunction
from infra.stop import stop
from infra.warm_up import WarmUp

try:
    deployment = Deployment.read(pulumi.Config(), Path(__file__).resolve().parent)
    models = [ModelFunction(model, deployment) for model in deployment.models]
    router = RouterFunction(deployment, models)
except pulumi.RunError as error:
    stop(str(error))
api = RouterApi(deployment, router)
warm_up = WarmUp(deployment, router)
monitoring = Monitoring(deployment, api)
releases = {model.model.spec.id: model.live for model in models} | {"router": router.live}

pulumi.export("url", api.url)
pulumi.export("key", router.first_key)
pulumi.export("keys", router.keys)
pulumi.export("dashboard", monitoring.url)
pulumi.export("functions", {"router": router.function.name} | {m.model.spec.id: m.function.name for m in models})
pulumi.export("versions", {part: release.alias.function_version for part, release in releases.items()})
pulumi.run(lambda: conclude(list(releases.values())))
