"""All types of resource and all functions that the program uses, by their tokens."""

import hashlib
import secrets
from collections.abc import Callable

from tests.rehearsal.emulator import REGION
from tests.rehearsal.provider import functions, gateway, identity, images, watching
from tests.rehearsal.provider.kind import Created, Kind, Properties, Target, nothing, unchanged


def create_password(t: Target, name: str, i: Properties) -> Created:
    return name, {"result": secrets.token_hex(int(i["length"]) // 2)}


KINDS: dict[str, Kind] = {
    **functions.KINDS,
    **gateway.KINDS,
    **identity.KINDS,
    **images.KINDS,
    **watching.KINDS,
    "random:index/randomPassword:RandomPassword": Kind(
        create=create_password, read=unchanged, update=None, delete=nothing, computed=("result",)
    ),
}


def _identity(t: Target) -> Properties:
    return dict(t.client("sts").get_caller_identity())


INVOKES: dict[str, Callable[[Target], Properties]] = {
    "aws:index/getPartition:getPartition": lambda t: {"partition": _identity(t)["Arn"].split(":")[1]},
    "aws:index/getRegion:getRegion": lambda t: {"region": REGION},
    "aws:index/getCallerIdentity:getCallerIdentity": lambda t: {"accountId": _identity(t)["Account"]},
    # Another token every time, as it is on AWS.
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda t: {
        "userName": "AWS",
        "password": hashlib.sha256(secrets.token_bytes(8)).hexdigest(),
    },
}
