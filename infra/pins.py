"""What a pinned version brings back with it. A version keeps its environment, so an old router has its old keys."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.names import Names
from infra.settings import Settings, SettingsError
from shared.deployment import ROUTER

GO_BACK = "deploy the commit that worked, which keeps them; or pulumi config set pinnedVersions with a later version"


def check(settings: Settings, names: Names, opts: pulumi.InvokeOptions) -> Mapping[str, str] | None:
    """The environment of the pinned router, None where the router is not pinned.

    Raises SettingsError for a version that does not exist, and for a router of other keys or another way to
    authenticate: it would accept keys that were dropped, refuse those that were added, or ask for none at all.
    """
    found = {part: _environment(names, part, version, opts) for part, version in settings.pinned_versions.items()}
    if ROUTER not in found:
        return None
    version, environment = settings.pinned_versions[ROUTER], found[ROUTER]
    auth, keys = environment.get("AUTH", "api-key"), sorted(digests(environment))
    if auth != settings.auth:
        problem = f"names version {version} of router, whose auth is {auth}; that of this stack is {settings.auth}"
        raise SettingsError("pinnedVersions", problem, GO_BACK)
    if auth == "api-key" and keys != sorted(settings.api_keys):
        own = ", ".join(sorted(settings.api_keys))
        problem = f"names version {version} of router, whose keys are {', '.join(keys)}; those of this stack are {own}"
        raise SettingsError("pinnedVersions", problem, GO_BACK)
    return environment


def digests(environment: Mapping[str, str]) -> dict[str, str]:
    """The digests of a router's keys, by name."""
    found: dict[str, str] = json.loads(environment.get("API_KEYS") or "{}")
    return found


def _environment(names: Names, part: str, version: str, opts: pulumi.InvokeOptions) -> Mapping[str, str]:
    try:
        function = aws.lambda_.get_function(function_name=names.of(part), qualifier=version, opts=opts)
    except Exception as error:
        problem = f"names version {version} of {part}, which cannot be had: {error}"
        raise SettingsError(
            "pinnedVersions", problem, "pulumi stack output versions shows those that are live"
        ) from None
    return (function.environment.variables if function.environment else None) or {}
