"""Takes away what a former way to start has left and no resource stands for: snapshots and provisioned sandboxes.

Both cost as long as they are kept. Pulumi has no resource for a version; what a schedule asked for is its own doing.
"""

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import boto3
import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from infra.names import HOURS, Names
from shared.deployment import ALIAS


@dataclass(frozen=True, kw_only=True)
class Former:
    """What may be left of one part. Versions in `keep` are in use; with None, no snapshots are looked for.

    `hours` says that provisioned sandboxes may be left of a schedule that is no longer wanted.
    """

    part: str
    keep: Collection[str | None] | None
    hours: bool


def remove(names: Names, former: Former, tell: Callable[[str], object]) -> None:
    """Delete it, with the credentials of this machine as the AWS SDK finds them.

    Where those are missing or of another account, `tell` gets a sentence: the deployment itself is fine.
    """
    name = names.of(former.part)
    try:
        session = boto3.Session(region_name=names.region, profile_name=pulumi.Config("aws").get("profile"))
        if session.client("sts").get_caller_identity()["Account"] != names.account:
            raise _Elsewhere
        client = session.client("lambda")
        if former.keep is not None:
            for version in _snapshots(client, name):
                if version not in former.keep:
                    client.delete_function(FunctionName=name, Qualifier=version)
        if former.hours and _is_there(session.client("scheduler"), f"{name}{HOURS}"):
            client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=ALIAS)
    except (BotoCoreError, ClientError, _Elsewhere) as error:
        versions = f"aws lambda delete-function --function-name {name} --qualifier VERSION"
        ready = f"aws lambda delete-provisioned-concurrency-config --function-name {name} --qualifier {ALIAS}"
        tell(
            f"{name}: what a former `start` has left may cost money ({error}). `{versions}` deletes old versions with "
            f"snapshots, `{ready}` sandboxes that stand ready."
        )


class _Elsewhere(Exception):
    """The credentials of this machine are another account's."""

    def __str__(self) -> str:
        return "the credentials of the AWS SDK here are of another account than the provider's"


def _snapshots(client: Any, name: str) -> list[str]:
    """The published versions that have a snapshot."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = [version for page in pages for version in page["Versions"]]
    return [v["Version"] for v in versions if v.get("SnapStart", {}).get("OptimizationStatus") == "On"]


def _is_there(scheduler: Any, group: str) -> bool:
    """Whether the schedules of hours are still there: the engine deletes them once the program has ended."""
    with contextlib.suppress(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule_group(Name=group)
        return True
    return False
