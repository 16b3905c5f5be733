"""Takes away what a former way to start has left and no resource stands for: snapshots and provisioned sandboxes.

Both cost as long as they are kept. Pulumi has no resource for a version; what a schedule asked for is its own doing.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator
from typing import Any

import boto3
import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from infra.names import HOURS, Names
from shared.deployment import ALIAS

Tell = Callable[[str], object]


def give_back(names: Names, part: str, tell: Tell) -> None:
    """Give back the sandboxes of a part that stand ready, and delete the schedules that would ask for more.

    `tell` gets a sentence where that cannot be done: the deployment itself is fine.
    """
    name = names.of(part)
    remedy = f"aws lambda delete-provisioned-concurrency-config --function-name {name} --qualifier {ALIAS}"
    with _told(name, "sandboxes may stand ready", remedy, tell):
        session = _session(names)
        scheduler = session.client("scheduler")
        for moment in ("on", "off"):
            with _unless_gone():
                scheduler.delete_schedule(GroupName=names.of(f"{part}{HOURS}"), Name=names.of(f"{part}-{moment}"))
        with _unless_gone():
            session.client("lambda").delete_provisioned_concurrency_config(FunctionName=name, Qualifier=ALIAS)


def forget_snapshots(names: Names, part: str, keep: Collection[str | None], tell: Tell) -> None:
    """Delete each version of a part that has a snapshot, those in `keep` excepted; versions without one cost nothing.

    `tell` gets a sentence where that cannot be done.
    """
    name = names.of(part)
    remedy = f"aws lambda delete-function --function-name {name} --qualifier VERSION"
    with _told(name, "old versions may keep snapshots", remedy, tell):
        client = _session(names).client("lambda")
        for version in _snapshots(client, name):
            if version not in keep:
                client.delete_function(FunctionName=name, Qualifier=version)


class _Elsewhere(Exception):
    """The credentials of this machine are another account's."""

    def __str__(self) -> str:
        return "the credentials of the AWS SDK here are of another account than the provider's"


def _session(names: Names) -> Any:
    """A session of the AWS SDK in the deployment's own account."""
    session = boto3.Session(region_name=names.region, profile_name=pulumi.Config("aws").get("profile"))
    if session.client("sts").get_caller_identity()["Account"] != names.account:
        raise _Elsewhere
    return session


@contextlib.contextmanager
def _told(name: str, what: str, remedy: str, tell: Tell) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, _Elsewhere) as error:
        tell(f"{name}: {what}, which costs money, and could not be looked at ({error}). `{remedy}` takes them away.")


@contextlib.contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise


def _snapshots(client: Any, name: str) -> list[str]:
    """The published versions that have a snapshot."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = [version for page in pages for version in page["Versions"]]
    return [v["Version"] for v in versions if v.get("SnapStart", {}).get("OptimizationStatus") == "On"]
