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


def alias_config(call: str, **fields: tuple[str, str]) -> Kind:
    """Make the kind of a setting of one alias, which Lambda calls `call`.

    `fields` has the names in its API, to put and to read, by input.
    """

    def update(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
        values = {put: int(i[name]) for name, (put, _) in fields.items()}
        put_it = getattr(t.client("lambda"), f"put_{call}")
        put_it(FunctionName=i["functionName"], Qualifier=i["qualifier"], **values)
        return {}

    def create(t: Target, name: str, i: Properties) -> Created:
        update(t, "", {}, i)
        return f"{i['functionName']}:{i['qualifier']}", {}

    def place(id_: str) -> dict[str, str]:
        name, _, qualifier = id_.partition(":")
        return {"FunctionName": name, "Qualifier": qualifier}

    def read(t: Target, id_: str, state: Properties) -> Properties | None:
        config = found(lambda: getattr(t.client("lambda"), f"get_{call}")(**place(id_)))
        return config and {name: float(config[got]) for name, (_, got) in fields.items()}

    def delete(t: Target, id_: str, state: Properties) -> None:
        gone(lambda: getattr(t.client("lambda"), f"delete_{call}")(**place(id_)))

    return Kind(
        create=create, read=read, update=update, delete=delete, replaces=frozenset(("functionName", "qualifier"))
    )


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
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": alias_config(
        "function_event_invoke_config",
        maximumRetryAttempts=("MaximumRetryAttempts", "MaximumRetryAttempts"),
        maximumEventAgeInSeconds=("MaximumEventAgeInSeconds", "MaximumEventAgeInSeconds"),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": alias_config(
        "provisioned_concurrency_config",
        provisionedConcurrentExecutions=(
            "ProvisionedConcurrentExecutions",
            "RequestedProvisionedConcurrentExecutions",
        ),
    ),
    "aws:lambda/permission:Permission": Kind(
        create=create_permission, read=read_permission, update=None, delete=delete_permission, named="statementId"
    ),
}
