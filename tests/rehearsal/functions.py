"""Creates functions in the emulator, and what they run with: roles, logs, repositories, versions and aliases."""

import secrets
from typing import Any

import pulumi

from tests.rehearsal.emulator import ACCOUNT, REGION, ROOT, Emulator
from tests.rehearsal.resource import Create, Created, Inputs, tags


def role(aws: Emulator, name: str, i: Inputs) -> Created:
    trust = i["assumeRolePolicy"]
    role = aws.client("iam").create_role(RoleName=i["name"], AssumeRolePolicyDocument=trust, Tags=tags(i))
    return i["name"], {"arn": role["Role"]["Arn"]}


def role_policy(aws: Emulator, name: str, i: Inputs) -> Created:
    iam = aws.client("iam")
    iam.put_role_policy(RoleName=i["role"], PolicyName=name, PolicyDocument=i["policy"])
    return name, {}


def log_group(aws: Emulator, name: str, i: Inputs) -> Created:
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=i["name"], tags=i["tags"])
    logs.put_retention_policy(logGroupName=i["name"], retentionInDays=int(i["retentionInDays"]))
    return i["name"], {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{i['name']}"}


def repository(aws: Emulator, name: str, i: Inputs) -> Created:
    scan = {"scanOnPush": i["imageScanningConfiguration"]["scanOnPush"]}
    repository = aws.client("ecr").create_repository(
        repositoryName=i["name"],
        imageTagMutability=i["imageTagMutability"],
        imageScanningConfiguration=scan,
        tags=tags(i),
    )["repository"]
    return i["name"], {"repositoryUrl": repository["repositoryUri"], "registryId": repository["registryId"]}


def lifecycle_policy(aws: Emulator, name: str, i: Inputs) -> Created:
    ecr = aws.client("ecr")
    ecr.put_lifecycle_policy(repositoryName=i["repository"], lifecyclePolicyText=i["policy"])
    return name, {}


def repository_policy(aws: Emulator, name: str, i: Inputs) -> Created:
    aws.client("ecr").set_repository_policy(repositoryName=i["repository"], policyText=i["policy"])
    return name, {}


def image(aws: Emulator, name: str, i: Inputs) -> Created:
    """Nothing is pushed: the emulator forwards a model's invocations to a sandbox of the local stack."""
    for location in (i["context"]["location"], i["context"]["named"]["model"]["location"]):
        assert (ROOT / location).is_dir(), location
    return name, {"digest": f"sha256:{secrets.token_hex(32)}"}


def function(aws: Emulator, name: str, i: Inputs) -> Created:
    client = aws.client("lambda")
    code = {"ImageUri": i["imageUri"]} if i.get("packageType") == "Image" else {"ZipFile": _zip(i["code"])}
    optional = {"Runtime": i.get("runtime"), "Handler": i.get("handler"), "Environment": _environment(i)}
    function = client.create_function(
        FunctionName=i["name"],
        PackageType=i.get("packageType", "Zip"),
        Code=code,
        Role=i["role"],
        Architectures=i["architectures"],
        MemorySize=int(i["memorySize"]),
        Timeout=int(i["timeout"]),
        Publish=i["publish"],
        Tags=i["tags"],
        **{key: value for key, value in optional.items() if value is not None},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=i["name"], WaiterConfig={"Delay": 1})
    return i["name"], {"arn": function["FunctionArn"].removesuffix(f":{function['Version']}"), "version": "1"}


def _zip(archive: Any) -> bytes:
    data: bytes = (ROOT / archive.path).read_bytes()
    return data


def invocation(aws: Emulator, name: str, i: Inputs) -> Created:
    reply = aws.client("lambda").invoke(
        FunctionName=i["functionName"], Qualifier=i["qualifier"], Payload=i["input"].encode()
    )
    result = reply["Payload"].read().decode()
    if "FunctionError" in reply:
        # So does the provider.
        raise pulumi.RunError(f"Lambda function ({i['functionName']}) returned error: {result}")
    return name, {"result": result}


def alias(aws: Emulator, name: str, i: Inputs) -> Created:
    alias = aws.client("lambda").create_alias(
        FunctionName=i["functionName"], Name=i["name"], FunctionVersion=i["functionVersion"]
    )
    arn = alias["AliasArn"]
    path = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return i["name"], {"arn": arn, "invokeArn": path}


def function_event_invoke_config(aws: Emulator, name: str, i: Inputs) -> Created:
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=i["functionName"],
        Qualifier=i["qualifier"],
        MaximumRetryAttempts=int(i["maximumRetryAttempts"]),
        MaximumEventAgeInSeconds=int(i["maximumEventAgeInSeconds"]),
    )
    return name, {}


def permission(aws: Emulator, name: str, i: Inputs) -> Created:
    aws.client("lambda").add_permission(
        FunctionName=i["function"],
        Qualifier=i["qualifier"],
        StatementId=name,
        Action=i["action"],
        Principal=i["principal"],
        SourceArn=i["sourceArn"],
    )
    return name, {}


def _environment(i: Inputs) -> dict[str, Any] | None:
    return {"Variables": i["environment"]["variables"]} if "environment" in i else None


# The function that creates a resource, by its type.
CREATE: dict[str, Create] = {
    "Role": role,
    "RolePolicy": role_policy,
    "LogGroup": log_group,
    "Repository": repository,
    "LifecyclePolicy": lifecycle_policy,
    "RepositoryPolicy": repository_policy,
    "Image": image,
    "Function": function,
    "Invocation": invocation,
    "Alias": alias,
    "FunctionEventInvokeConfig": function_event_invoke_config,
    "Permission": permission,
}
