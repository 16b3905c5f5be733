"""What a function runs with: roles, their policies, and log groups."""

import json

from tests.rehearsal.emulator import ACCOUNT, REGION
from tests.rehearsal.provider.kind import Created, Kind, Properties, Target, found, gone, tag_list

ROLE = r"[\w+=,.@-]{1,64}"


def create_role(t: Target, name: str, i: Properties) -> Created:
    trust = i["assumeRolePolicy"]
    role = t.client("iam").create_role(RoleName=i["name"], AssumeRolePolicyDocument=trust, Tags=tag_list(i))
    return i["name"], {"arn": role["Role"]["Arn"]}


def read_role(t: Target, id_: str, state: Properties) -> Properties | None:
    role = found(lambda: t.client("iam").get_role(RoleName=id_))
    if role is None:
        return None
    document = role["Role"]["AssumeRolePolicyDocument"]
    trust = document if isinstance(document, str) else json.dumps(document)
    return {"name": id_, "assumeRolePolicy": trust, "arn": role["Role"]["Arn"]}


def update_role(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("iam").update_assume_role_policy(RoleName=id_, PolicyDocument=i["assumeRolePolicy"])
    t.client("iam").tag_role(RoleName=id_, Tags=tag_list(i))
    return {}


def delete_role(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("iam").delete_role(RoleName=id_))


def create_policy(t: Target, name: str, i: Properties) -> Created:
    t.client("iam").put_role_policy(RoleName=i["role"], PolicyName=i["name"], PolicyDocument=i["policy"])
    return f"{i['role']}:{i['name']}", {}


def read_policy(t: Target, id_: str, state: Properties) -> Properties | None:
    role, _, name = id_.partition(":")
    policy = found(lambda: t.client("iam").get_role_policy(RoleName=role, PolicyName=name))
    if policy is None:
        return None
    document = policy["PolicyDocument"]
    return {"role": role, "policy": document if isinstance(document, str) else json.dumps(document)}


def update_policy(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    create_policy(t, "", i)
    return {}


def delete_policy(t: Target, id_: str, state: Properties) -> None:
    role, _, name = id_.partition(":")
    gone(lambda: t.client("iam").delete_role_policy(RoleName=role, PolicyName=name))


def create_logs(t: Target, name: str, i: Properties) -> Created:
    t.client("logs").create_log_group(logGroupName=i["name"], tags=i["tags"])
    update_logs(t, i["name"], {}, i)
    return i["name"], {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{i['name']}"}


def read_logs(t: Target, id_: str, state: Properties) -> Properties | None:
    groups = t.client("logs").describe_log_groups(logGroupNamePrefix=id_)["logGroups"]
    for group in groups:
        if group["logGroupName"] == id_:
            return {"name": id_, "retentionInDays": float(group.get("retentionInDays", 0))}
    return None


def update_logs(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("logs").put_retention_policy(logGroupName=id_, retentionInDays=int(i["retentionInDays"]))
    return {}


def delete_logs(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("logs").delete_log_group(logGroupName=id_))


KINDS = {
    "aws:iam/role:Role": Kind(
        create=create_role,
        read=read_role,
        update=update_role,
        delete=delete_role,
        replaces=frozenset(("name",)),
        patterns={"name": ROLE},
        named="name",
        computed=("arn",),
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        create=create_policy,
        read=read_policy,
        update=update_policy,
        delete=delete_policy,
        replaces=frozenset(("name", "role")),
        patterns={"name": r"[\w+=,.@-]{1,128}"},
        named="name",
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        create=create_logs,
        read=read_logs,
        update=update_logs,
        delete=delete_logs,
        replaces=frozenset(("name",)),
        patterns={"name": r"[.\-_/#A-Za-z0-9]{1,512}"},
        named="name",
        computed=("arn",),
    ),
}
