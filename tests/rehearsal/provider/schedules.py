"""Schedules and their groups."""

from typing import Any

from tests.rehearsal.provider.kind import Created, Kind, Properties, Target, found, gone, tag_list

SCHEDULER_NAME = r"[0-9A-Za-z_.-]{1,64}"


def create_group(t: Target, name: str, i: Properties) -> Created:
    group = t.client("scheduler").create_schedule_group(Name=i["name"], Tags=tag_list(i))
    return i["name"], {"arn": group["ScheduleGroupArn"]}


def read_group(t: Target, id_: str, state: Properties) -> Properties | None:
    group = found(lambda: t.client("scheduler").get_schedule_group(Name=id_))
    return group and {"name": id_, "arn": group["Arn"]}


def update_group(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("scheduler").tag_resource(ResourceArn=state["arn"], Tags=tag_list(i))
    return {}


def delete_group(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("scheduler").delete_schedule_group(Name=id_))


def create_schedule(t: Target, name: str, i: Properties) -> Created:
    t.client("scheduler").create_schedule(**_schedule(i))
    return f"{i['groupName']}/{i['name']}", {}


def update_schedule(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("scheduler").update_schedule(**_schedule(i))
    return {}


def _schedule(i: Properties) -> dict[str, Any]:
    target, retry = i["target"], i["target"]["retryPolicy"]
    return {
        "Name": i["name"],
        "GroupName": i["groupName"],
        "State": i["state"],
        "ScheduleExpression": i["scheduleExpression"],
        "ScheduleExpressionTimezone": i.get("scheduleExpressionTimezone", "UTC"),
        "FlexibleTimeWindow": {"Mode": i["flexibleTimeWindow"]["mode"]},
        "Target": {
            "Arn": target["arn"],
            "RoleArn": target["roleArn"],
            "Input": target["input"],
            "RetryPolicy": {
                "MaximumRetryAttempts": int(retry["maximumRetryAttempts"]),
                "MaximumEventAgeInSeconds": int(retry["maximumEventAgeInSeconds"]),
            },
        },
    }


def read_schedule(t: Target, id_: str, state: Properties) -> Properties | None:
    group, _, name = id_.partition("/")
    schedule = found(lambda: t.client("scheduler").get_schedule(GroupName=group, Name=name))
    return schedule and {"state": schedule["State"], "scheduleExpression": schedule["ScheduleExpression"]}


def delete_schedule(t: Target, id_: str, state: Properties) -> None:
    group, _, name = id_.partition("/")
    gone(lambda: t.client("scheduler").delete_schedule(GroupName=group, Name=name))


KINDS = {
    "aws:scheduler/scheduleGroup:ScheduleGroup": Kind(
        create=create_group,
        read=read_group,
        update=update_group,
        delete=delete_group,
        replaces=frozenset(("name",)),
        patterns={"name": SCHEDULER_NAME},
        named="name",
        computed=("arn",),
    ),
    "aws:scheduler/schedule:Schedule": Kind(
        create=create_schedule,
        read=read_schedule,
        update=update_schedule,
        delete=delete_schedule,
        replaces=frozenset(("name", "groupName")),
        patterns={"name": SCHEDULER_NAME},
        named="name",
    ),
}
