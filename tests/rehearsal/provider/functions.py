"""Functions: their versions, aliases, trials and permissions."""

import time
from typing import Any

from tests.rehearsal.emulator import ACCOUNT, REGION
from tests.rehearsal.provider.kind import (
    NAME,
    Created,
    Kind,
    Properties,
    Refused,
    Target,
    found,
    gone,
)

# The variable by which the emulator knows where a container function runs. The program never sees it.
PROXY = "MINISTACK_LAMBDA_PROXY_URL"
ACTIVE_S = 30
CODE = frozenset(("code", "imageUri", "sourceCodeHash", "architectures"))
SETTINGS = frozenset(
    ("memorySize", "timeout", "environment", "role", "handler", "runtime", "loggingConfig", "snapStart")
)


def create_function(t: Target, name: str, i: Properties) -> Created:
    client = t.client("lambda")
    function = client.create_function(
        FunctionName=i["name"],
        PackageType=i.get("packageType", "Zip"),
        Code=_code(t, i),
        Architectures=i["architectures"],
        Publish=i.get("publish", False),
        Tags=i["tags"],
        **_settings(t, i),
    )
    _wait(client, i["name"])
    return i["name"], _outputs(i["name"], function["Version"])


def read_function(t: Target, id_: str, state: Properties) -> Properties | None:
    client = t.client("lambda")
    function = found(lambda: client.get_function(FunctionName=id_))
    if function is None:
        return None
    config = function["Configuration"]
    live: Properties = {"name": id_, "role": config["Role"]}
    live |= {"memorySize": float(config["MemorySize"]), "timeout": float(config["Timeout"])}
    if variables(config):
        live["environment"] = {"variables": variables(config)}
    if "ImageUri" in function["Code"]:
        live["imageUri"] = function["Code"]["ImageUri"]
    return live | _outputs(id_, _latest(client, id_))


def variables(config: dict[str, Any]) -> dict[str, str]:
    """The environment that the program gave to a function."""
    return {k: v for k, v in config.get("Environment", {}).get("Variables", {}).items() if k != PROXY}


def update_function(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    client = t.client("lambda")
    changed = {key for key in CODE | SETTINGS if state.get(key) != i.get(key)}
    if state.get("tags") != i["tags"]:
        client.tag_resource(Resource=f"{_arn(id_)}", Tags=i["tags"])
    if not changed:
        return {}
    client.update_function_configuration(FunctionName=id_, **_settings(t, i))
    _wait(client, id_)
    if changed & CODE:
        client.update_function_code(FunctionName=id_, Architectures=i["architectures"], **_code(t, i))
        _wait(client, id_)
    return _outputs(id_, client.publish_version(FunctionName=id_)["Version"])


def delete_function(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("lambda").delete_function(FunctionName=id_))


def _code(t: Target, i: Properties) -> dict[str, Any]:
    if "imageUri" not in i:
        return {"ZipFile": (t.root / i["code"]["path"]).read_bytes()}
    repository, _, digest = i["imageUri"].partition("@")
    ecr, wanted = t.client("ecr"), [{"imageDigest": digest}]
    images = found(lambda: ecr.batch_get_image(repositoryName=repository.partition("/")[2], imageIds=wanted))
    if not (images and images["images"]):
        raise Refused(f"InvalidParameterValueException: Source image {i['imageUri']} does not exist.")
    return {"ImageUri": i["imageUri"]}


def _settings(t: Target, i: Properties) -> dict[str, Any]:
    environment = dict(i.get("environment", {}).get("variables", {}))
    if "imageUri" in i:
        environment[PROXY] = f"{t.containers.url}/{i['imageUri'].partition('@')[2]}"
    settings = {"Role": i["role"], "MemorySize": int(i["memorySize"]), "Timeout": int(i["timeout"])}
    optional = {"Runtime": i.get("runtime"), "Handler": i.get("handler")}
    settings["SnapStart"] = {"ApplyOn": i.get("snapStart", {}).get("applyOn", "None")}
    return settings | {k: v for k, v in optional.items() if v} | {"Environment": {"Variables": environment}}


def _wait(client: Any, name: str) -> None:
    """Wait, as the provider does, until a function may be invoked or changed again."""
    deadline = time.monotonic() + ACTIVE_S
    while time.monotonic() < deadline:
        state = client.get_function_configuration(FunctionName=name)
        if state["State"] == "Active" and state["LastUpdateStatus"] == "Successful":
            return
        time.sleep(0.05)
    raise Refused(f"{name} was not active within {ACTIVE_S} s")


def _latest(client: Any, name: str) -> str:
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    numbers = [int(v["Version"]) for v in versions if v["Version"] != "$LATEST"]
    return str(max(numbers)) if numbers else "$LATEST"


def _arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def _outputs(name: str, version: str) -> Properties:
    return {"arn": _arn(name), "version": version, "qualifiedArn": f"{_arn(name)}:{version}"}


def invoke(t: Target, name: str, i: Properties) -> Created:
    if t.containers.preparing.get(i["functionName"], 0) > 0:
        t.containers.preparing[i["functionName"]] -= 1
        raise Refused("operation error Lambda: Invoke, StatusCode: 409, SnapStartNotReadyException: not ready yet")
    reply = t.client("lambda").invoke(
        FunctionName=i["functionName"], Qualifier=i["qualifier"], Payload=i["input"].encode()
    )
    result = reply["Payload"].read().decode()
    if "FunctionError" in reply:
        raise Refused(f"Lambda function ({i['functionName']}) returned error: ({result})")
    return f"{i['functionName']}_{i['qualifier']}", {"result": result}


VERSIONED = CODE | SETTINGS
KINDS = {
    "aws:lambda/function:Function": Kind(
        create=create_function,
        read=read_function,
        update=update_function,
        delete=delete_function,
        replaces=frozenset(("name", "packageType")),
        patterns={"name": NAME},
        named="name",
        computed=("arn", "version", "qualifiedArn"),
        moves={"version": VERSIONED, "qualifiedArn": VERSIONED},
    ),
}
