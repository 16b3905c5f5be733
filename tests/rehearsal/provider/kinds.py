"""All types of resource and all functions that the program uses, by their tokens."""

import hashlib
import secrets
from collections.abc import Callable

from tests.rehearsal.emulator import REGION
from tests.rehearsal.provider import aliases, functions, gateway, identity, images, schedules, watching
from tests.rehearsal.provider.kind import Created, Kind, Properties, Target, nothing, unchanged


def create_password(t: Target, name: str, i: Properties) -> Created:
    return name, {"result": secrets.token_hex(int(i["length"]) // 2)}


KINDS: dict[str, Kind] = {
    **aliases.KINDS,
    **functions.KINDS,
    **gateway.KINDS,
    **identity.KINDS,
    **images.KINDS,
    **schedules.KINDS,
    **watching.KINDS,
    "random:index/randomPassword:RandomPassword": Kind(
        create=create_password, read=unchanged, update=None, delete=nothing, computed=("result",)
    ),
}


def _identity(t: Target) -> Properties:
    return dict(t.client("sts").get_caller_identity())


def find_alias(t: Target, arguments: Properties) -> Properties:
    function, name = arguments["functionName"], arguments["name"]
    alias = t.client("lambda").get_alias(FunctionName=function, Name=name)
    return arguments | {"arn": alias["AliasArn"], "functionVersion": alias["FunctionVersion"]}


def find_function(t: Target, arguments: Properties) -> Properties:
    function, version = arguments["functionName"], arguments["qualifier"]
    config = t.client("lambda").get_function_configuration(FunctionName=function, Qualifier=version)
    return arguments | {"environment": {"variables": functions.variables(config)}}


# The function that invokes functions.
TRIAL = "aws:lambda/getInvocation:getInvocation"
INVOKES: dict[str, Callable[[Target, Properties], Properties]] = {
    "aws:index/getPartition:getPartition": lambda t, arguments: {"partition": _identity(t)["Arn"].split(":")[1]},
    "aws:index/getRegion:getRegion": lambda t, arguments: {"region": REGION},
    "aws:index/getCallerIdentity:getCallerIdentity": lambda t, arguments: {"accountId": _identity(t)["Account"]},
    # Another token every time, as it is on AWS.
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda t, arguments: {
        "userName": "AWS",
        "password": hashlib.sha256(secrets.token_bytes(8)).hexdigest(),
    },
    "aws:lambda/getAlias:getAlias": find_alias,
    "aws:lambda/getFunction:getFunction": find_function,
    TRIAL: lambda t, arguments: arguments | functions.invoke(t, "", arguments)[1],
}
