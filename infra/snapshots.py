"""Deletes versions whose snapshots nobody needs. Knows boto3 and no resource: Pulumi has none for a version."""

from collections.abc import Callable, Collection
from typing import Any

import boto3
import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from infra.names import Names


def forget(names: Names, part: str, keep: Collection[str | None], tell: Callable[[str], object]) -> None:
    """Delete each version of a part that has a snapshot, those in `keep` excepted; versions without one cost nothing.

    They are deleted with the credentials of this machine, as a deployment's others are. Where those are missing or of
    another account, `tell` gets a sentence: the deployment itself is fine.
    """
    name = names.of(part)
    try:
        session = boto3.Session(region_name=names.region, profile_name=pulumi.Config("aws").get("profile"))
        if session.client("sts").get_caller_identity()["Account"] != names.account:
            raise _Elsewhere
        client = session.client("lambda")
        for version in _snapshots(client, name):
            if version not in keep:
                client.delete_function(FunctionName=name, Qualifier=version)
    except (BotoCoreError, ClientError, _Elsewhere) as error:
        command = f"aws lambda delete-function --function-name {name} --qualifier VERSION"
        tell(f"{name}: old versions keep snapshots that cost money ({error}); delete them with `{command}`.")


class _Elsewhere(Exception):
    """The credentials of this machine are another account's."""

    def __str__(self) -> str:
        return "the credentials of the AWS SDK here are of another account than the provider's"


def _snapshots(client: Any, name: str) -> list[str]:
    """The published versions that have a snapshot."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = [version for page in pages for version in page["Versions"]]
    return [v["Version"] for v in versions if v.get("SnapStart", {}).get("OptimizationStatus") == "On"]
