"""What is to be deployed: settings, names and models, complete and checked before any resource is registered."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import CONFIG

from infra import pins
from infra.names import HOURS, MAX_NAME, PATTERN, RESERVED, WARM_UP, Names
from infra.settings import Settings, SettingsError, no_region
from shared.artifact import verify
from shared.catalog import Catalog, CatalogError, LockedSource, Spec, reserved
from shared.deployment import ROUTER
from shared.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class DeployedModel:
    """A catalog entry, and the artifact that serves it."""

    spec: Spec
    manifest: Manifest
    artifact: Path


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One stack's plan. `root` is the repository; `pinned_router` the environment of a router that is pinned."""

    root: Path
    settings: Settings
    names: Names
    catalog: Catalog
    models: tuple[DeployedModel, ...]
    pinned_router: Mapping[str, str] | None = None

    @classmethod
    def plan(cls, name: str, settings: Settings, root: Path, opts: pulumi.InvokeOptions) -> "Deployment":
        """Read and check everything for a platform called `name`. Raises pulumi.RunError.

        `opts` say which provider is asked for region and account.
        """
        try:
            catalog = Catalog.read(settings.catalog)
            _check_names(name, catalog, settings)
            models = tuple(_models(catalog, root))
            names = _names(name, opts)
            _check_certificate(settings, names)
            pinned_router = pins.check(settings, names, opts)
        except (SettingsError, CatalogError) as error:
            raise pulumi.RunError(str(error)) from None
        if settings.auth == "none":
            pulumi.log.warn("auth is none: anybody who finds the URL can call the models, at your cost.")
        if settings.pinned_versions:
            pairs = ", ".join(f"{part} at {version}" for part, version in settings.pinned_versions.items())
            pulumi.log.warn(f"pinnedVersions keeps {pairs}: newer versions are made, and not served.")
        return cls(
            root=root, settings=settings, names=names, catalog=catalog, models=models, pinned_router=pinned_router
        )


def _models(catalog: Catalog, root: Path) -> Iterator[DeployedModel]:
    lock = catalog.read_lock()
    for spec in catalog:
        manifest = deployable(catalog, spec, lock[spec.id], root)
        yield DeployedModel(spec=spec, manifest=manifest, artifact=catalog.artifact(spec.id, root))


def deployable(catalog: Catalog, spec: Spec, lock: LockedSource, root: Path) -> Manifest:
    """The manifest of an artifact that may serve traffic. Raises CatalogError."""
    if spec.gate == "off":
        problem = '"off" is for benchmarks and cannot be deployed; delete the line and run `make models`.'
        raise CatalogError(catalog.path, spec.id, "gate", problem)
    return verify(catalog, spec, root, lock)


def stack_settings(root: Path) -> Settings:
    """Read what the configuration of this stack says. `root` is the project's folder. Raises pulumi.RunError."""
    try:
        if not pulumi.Config("aws").get("region"):
            raise no_region()
        return Settings.read(pulumi.Config().get, root, _given())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def program_path(path: Path) -> str:
    """A path as resources name it: from where Pulumi runs the program, so that another checkout is no change."""
    return os.path.relpath(path)


def _given() -> list[str]:
    """The project's settings that were set. Raises SettingsError for one that is kept as a secret, to no avail."""
    prefix = f"{pulumi.get_project()}:"
    given = [key.removeprefix(prefix) for key in CONFIG.get() if key.startswith(prefix)]
    for key in given:
        if pulumi.runtime.is_config_secret(prefix + key):
            problem = "is encrypted, and would stand in plain text in AWS and in the stack's state"
            raise SettingsError(key, problem, f"pulumi config set {key} VALUE --plaintext")
    return given


def _check_names(name: str, catalog: Catalog, settings: Settings) -> None:
    project, stack = pulumi.get_project(), pulumi.get_stack()
    own = ("project", "change it in Pulumi.yaml") if name == project else ("component", "give ModelRouter another")
    for (kind, remedy), text in ((own, name), (("stack", "pulumi stack rename NAME"), stack)):
        if not re.fullmatch(PATTERN, text):
            problem = f"{text!r} must be lower-case letters, digits and single hyphens"
            raise pulumi.RunError(f"The {kind}'s name {problem} ({remedy}).")
    prefix = f"{name}-{stack}-"
    for part in (ROUTER, WARM_UP):
        if len(prefix + part) > MAX_NAME:
            problem = f"{prefix + part!r} is longer than {MAX_NAME} characters; give the stack a shorter name"
            raise pulumi.RunError(f"{problem} (pulumi stack rename NAME).")
    for spec in catalog:
        if spec.id in RESERVED:
            raise reserved(catalog.path, spec.id)
        hours = f"{spec.id}{HOURS}" if spec.instances and spec.instances.on else ""
        if any(other.id == hours for other in catalog):
            raise reserved(catalog.path, hours)
        longest = prefix + (hours or spec.id)
        if len(longest) > MAX_NAME:
            problem = f"{longest!r} is longer than {MAX_NAME} characters; shorten the id or the stack's name."
            raise CatalogError(catalog.path, spec.id, None, problem)
    unknown = settings.pinned_versions.keys() - {spec.id for spec in catalog} - {ROUTER}
    if unknown:
        raise SettingsError("pinnedVersions", f"names {', '.join(sorted(unknown))}, which the catalog has not")


def _check_certificate(settings: Settings, names: Names) -> None:
    """A gateway takes the certificates of its own region only. Raises SettingsError."""
    region = settings.certificate_arn.split(":")[3] if settings.certificate_arn else names.region
    if region != names.region:
        raise SettingsError("certificateArn", f"is of {region}, and the stack is in {names.region}")


def _names(name: str, opts: pulumi.InvokeOptions) -> Names:
    return Names(
        name=name,
        stack=pulumi.get_stack(),
        partition=aws.get_partition(opts=opts).partition,
        region=aws.get_region(opts=opts).region,
        account=aws.get_caller_identity(opts=opts).account_id,
        # A project's own platform has the short names: two in one program need names that differ.
        prefix="" if name == pulumi.get_project() else f"{name}-",
    )
