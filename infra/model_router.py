"""A whole platform as one component, which a program of its own or any other can make."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from infra.deployment import Deployment
from infra.model_function import ModelFunction
from infra.monitoring import Monitoring
from infra.release import conclude_at_the_end
from infra.router_api import RouterApi
from infra.router_function import RouterFunction
from infra.settings import Settings, SettingsError
from infra.warm_up import WarmUp

CHECKOUT = Path(__file__).parents[1]


class ModelRouter(pulumi.ComponentResource):
    """The models of a catalog behind one API: functions, router, schedule, alarms and dashboard.

    `url` is the API's, `execution_arn` what a caller who signs needs `execute-api:Invoke` for, `keys` the API keys by
    name (secret), `key` the first of them; `functions` and `versions` have the name and the live version of each part,
    `dashboard` a URL. Where the settings name a domain, `domain` has its URL, and the `target` and `zone` for the
    record that leads there. What it makes is called `<name>-<stack>-<part>`.
    """

    url: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    key: pulumi.Output[str] | None
    keys: dict[str, pulumi.Output[str]]
    functions: dict[str, pulumi.Output[str]]
    versions: dict[str, pulumi.Output[str]]
    dashboard: pulumi.Output[str]
    domain: dict[str, pulumi.Output[str]] | None

    def __init__(
        self,
        name: str,
        settings: Settings | None = None,
        opts: pulumi.ResourceOptions | None = None,
        *,
        checkout: Path = CHECKOUT,
    ) -> None:
        """`checkout` is the folder of the platform's code and built artifacts.

        Raises pulumi.RunError, before any resource, for what cannot be deployed: a setting, a name, a catalog, an
        artifact that is not built. A model that answers wrong does not go live, and fails the program at its end.
        """
        settings = settings or Settings()
        try:
            settings.check()
        except SettingsError as error:
            raise pulumi.RunError(f"ModelRouter {name!r}: {error.problem}; give its Settings another.") from None
        deployment = Deployment.plan(name, settings, checkout, _asking(opts or pulumi.ResourceOptions()))
        super().__init__("model-router:index:ModelRouter", name, {}, opts)
        # Deployments from before this component had no parent: they keep their resources.
        part = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        models = [ModelFunction(model, deployment, part) for model in deployment.models]
        router = RouterFunction(deployment, models, part)
        api = RouterApi(deployment, router, part)
        WarmUp(deployment, router, part)
        monitoring = Monitoring(deployment, api, part)
        releases = {model.model.spec.id: model.live for model in models} | {"router": router.live}
        conclude_at_the_end(list(releases.values()))
        self.domain = api.domain
        self.url, self.execution_arn = api.url, api.api.execution_arn
        self.key, self.keys = router.first_key, router.keys
        self.functions = {"router": router.function.name} | {m.model.spec.id: m.function.name for m in models}
        self.versions = {part: release.alias.function_version for part, release in releases.items()}
        self.dashboard = monitoring.url
        self.register_outputs(self.outputs)

    @property
    def outputs(self) -> dict[str, pulumi.Input[object]]:
        """Return what a program exports that makes this platform alone."""
        names = ["url", "key", "keys", "dashboard", "functions", "versions", *(["domain"] if self.domain else [])]
        return {name: getattr(self, name) for name in names}


def _asking(opts: pulumi.ResourceOptions) -> pulumi.InvokeOptions:
    """Options that ask the provider which the component's resources will have."""
    several = opts.providers or ()
    providers = [*(several.values() if isinstance(several, Mapping) else several), opts.provider]
    of_aws = [provider for provider in providers if provider is not None and provider.package == "aws"]
    return pulumi.InvokeOptions(parent=opts.parent, provider=next(iter(of_aws), None))
