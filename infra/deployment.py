"""What is to be deployed: settings, names and models, complete and checked before any resource is registered."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.names import MAX_NAME, Names
from infra.settings import Settings, SettingsError
from shared.artifact import verify
from shared.catalog import Catalog, CatalogError, LockedSource, Spec
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
    """One stack's plan. `root` is the repository."""

    root: Path
    settings: Settings
    names: Names
    catalog: Catalog
    models: tuple[DeployedModel, ...]

    @classmethod
    def read(cls, config: pulumi.Config, root: Path) -> "Deployment":
        """Read and check everything. A fault ends the program with one sentence, before any resource."""
        try:
            settings = Settings.read(config.get, root)
            catalog = Catalog.read(settings.catalog)
            _check_names(catalog, settings)
            lock = catalog.read_lock()
            models = tuple(
                DeployedModel(
                    spec=spec,
                    manifest=deployable(catalog, spec, lock[spec.id], root),
                    artifact=catalog.artifact(spec.id, root),
                )
                for spec in catalog
            )
        except (SettingsError, CatalogError) as error:
            raise pulumi.RunError(str(error)) from None
        if settings.auth == "none":
            pulumi.log.warn("auth is none: anybody who finds the URL can call the models, at your cost.")
        return cls(root=root, settings=settings, names=_names(), catalog=catalog, models=models)


def deployable(catalog: Catalog, spec: Spec, lock: LockedSource, root: Path) -> Manifest:
    """The manifest of an artifact that may serve traffic. Raises CatalogError."""
    if spec.gate == "off":
        problem = '"off" is for benchmarks and cannot be deployed; delete the line and run `make models`.'
        raise CatalogError(catalog.path, spec.id, "gate", problem)
    return verify(catalog, spec, root, lock)


def _check_names(catalog: Catalog, settings: Settings) -> None:
    prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}-"
    for spec in catalog:
        if spec.id == ROUTER:
            raise CatalogError(catalog.path, spec.id, None, "is the router's own name; call the model something else.")
        if len(prefix + spec.id) > MAX_NAME:
            problem = f"{prefix + spec.id!r} is longer than {MAX_NAME} characters; shorten the id or the stack's name."
            raise CatalogError(catalog.path, spec.id, None, problem)
    unknown = settings.pinned_versions.keys() - {spec.id for spec in catalog} - {ROUTER}
    if unknown:
        raise SettingsError("pinnedVersions", f"names {', '.join(sorted(unknown))}, which the catalog has not")


def _names() -> Names:
    return Names(
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        partition=aws.get_partition().partition,
        region=aws.get_region().region,
        account=aws.get_caller_identity().account_id,
    )
