"""What belongs to a function: its aliases, how it is invoked later, and who may invoke it."""

from tests.rehearsal.emulator import REGION
from tests.rehearsal.provider.kind import NAME, Created, Kind, Properties, Target, found, gone


def _path(arn: str) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"


def create_alias(t: Target, name: str, i: Properties) -> Created:
    created = t.client("lambda").create_alias(
        FunctionName=i["functionName"], Name=i["name"], FunctionVersion=i["functionVersion"]
    )
    return created["AliasArn"], {"arn": created["AliasArn"], "invokeArn": _path(created["AliasArn"])}


def _alias(state: Properties) -> dict[str, str]:
    """How an alias is found: the provider does not look at its id."""
    return {"FunctionName": state["functionName"], "Name": state["name"]}


def read_alias(t: Target, id_: str, state: Properties) -> Properties | None:
    alias = found(lambda: t.client("lambda").get_alias(**_alias(state)))
    if alias is None:
        return None
    return {
        "functionVersion": alias["FunctionVersion"],
        "arn": alias["AliasArn"],
        "invokeArn": _path(alias["AliasArn"]),
    }


def update_alias(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("lambda").update_alias(**_alias(i), FunctionVersion=i["functionVersion"])
    return {}


def delete_alias(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("lambda").delete_alias(**_alias(state)))


def create_event_config(t: Target, name: str, i: Properties) -> Created:
    update_event_config(t, "", {}, i)
    return f"{i['functionName']}:{i['qualifier']}", {}


def update_event_config(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("lambda").put_function_event_invoke_config(
        FunctionName=i["functionName"],
        Qualifier=i["qualifier"],
        MaximumRetryAttempts=int(i["maximumRetryAttempts"]),
        MaximumEventAgeInSeconds=int(i["maximumEventAgeInSeconds"]),
    )
    return {}


def read_event_config(t: Target, id_: str, state: Properties) -> Properties | None:
    name, _, qualifier = id_.partition(":")
    client = t.client("lambda")
    config = found(lambda: client.get_function_event_invoke_config(FunctionName=name, Qualifier=qualifier))
    return config and {"maximumRetryAttempts": float(config["MaximumRetryAttempts"])}


def delete_event_config(t: Target, id_: str, state: Properties) -> None:
    name, _, qualifier = id_.partition(":")
    client = t.client("lambda")
    gone(lambda: client.delete_function_event_invoke_config(FunctionName=name, Qualifier=qualifier))


def create_provisioned(t: Target, name: str, i: Properties) -> Created:
    update_provisioned(t, "", {}, i)
    return f"{i['functionName']}:{i['qualifier']}", {}


def update_provisioned(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("lambda").put_provisioned_concurrency_config(
        FunctionName=i["functionName"],
        Qualifier=i["qualifier"],
        ProvisionedConcurrentExecutions=int(i["provisionedConcurrentExecutions"]),
    )
    return {}


def read_provisioned(t: Target, id_: str, state: Properties) -> Properties | None:
    name, _, qualifier = id_.partition(":")
    client = t.client("lambda")
    config = found(lambda: client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier))
    return config and {"provisionedConcurrentExecutions": float(config["RequestedProvisionedConcurrentExecutions"])}


def delete_provisioned(t: Target, id_: str, state: Properties) -> None:
    name, _, qualifier = id_.partition(":")
    client = t.client("lambda")
    gone(lambda: client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier))


def create_permission(t: Target, name: str, i: Properties) -> Created:
    t.client("lambda").add_permission(
        FunctionName=i["function"],
        Qualifier=i["qualifier"],
        StatementId=i["statementId"],
        Action=i["action"],
        Principal=i["principal"],
        SourceArn=i["sourceArn"],
    )
    return i["statementId"], {}


def read_permission(t: Target, id_: str, state: Properties) -> Properties | None:
    client = t.client("lambda")
    policy = found(lambda: client.get_policy(FunctionName=state["function"], Qualifier=state["qualifier"]))
    return {} if policy and f'"{id_}"' in policy["Policy"] else None


def delete_permission(t: Target, id_: str, state: Properties) -> None:
    place = {"FunctionName": state["function"], "Qualifier": state["qualifier"]}
    gone(lambda: t.client("lambda").remove_permission(StatementId=id_, **place))


KINDS = {
    "aws:lambda/alias:Alias": Kind(
        create=create_alias,
        read=read_alias,
        update=update_alias,
        delete=delete_alias,
        replaces=frozenset(("name", "functionName")),
        patterns={"name": NAME},
        named="name",
        computed=("arn", "invokeArn"),
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Kind(
        create=create_event_config,
        read=read_event_config,
        update=update_event_config,
        delete=delete_event_config,
        replaces=frozenset(("functionName", "qualifier")),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": Kind(
        create=create_provisioned,
        read=read_provisioned,
        update=update_provisioned,
        delete=delete_provisioned,
        replaces=frozenset(("functionName", "qualifier")),
    ),
    "aws:lambda/permission:Permission": Kind(
        create=create_permission, read=read_permission, update=None, delete=delete_permission, named="statementId"
    ),
}
