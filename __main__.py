"""The Pulumi program: one platform, named as the project, with the stack's settings. Decisions are in `infra`."""

from pathlib import Path

import pulumi

from infra.deployment import stack_settings
from infra.model_router import ModelRouter
from infra.stop import stop

checkout = Path(__file__).resolve().parent
try:
    platform = ModelRouter(pulumi.get_project(), stack_settings(checkout), checkout=checkout)
except pulumi.RunError as error:
    stop(str(error))
for name, value in platform.outputs.items():
    pulumi.export(name, value)
