"""`python -m infra.recover`: takes over what a killed deployment has left, which would "already exist" next time.

Reads a stack's exported state, writes it with every creation that was under way as a resource of the name that it was
given, and tells what it did. `pulumi refresh` then reads what there really is, and forgets what was never made.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

Inputs = dict[str, Any]
Resource = dict[str, Any]


def _named(key: str = "name") -> Callable[[Inputs], str]:
    return lambda inputs: str(inputs[key])


def _joined(separator: str, *keys: str) -> Callable[[Inputs], str]:
    return lambda inputs: separator.join(str(inputs[key]) for key in keys)


# The id by which the provider knows a resource, for those whose name we give; AWS makes up the ids of others.
IDS: dict[str, Callable[[Inputs], str]] = {
    "aws:apigatewayv2/domainName:DomainName": _named("domainName"),
    "aws:cloudwatch/dashboard:Dashboard": _named("dashboardName"),
    "aws:cloudwatch/logGroup:LogGroup": _named(),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _named(),
    "aws:ecr/repository:Repository": _named(),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _named("repository"),
    "aws:iam/role:Role": _named(),
    "aws:iam/rolePolicy:RolePolicy": _joined(":", "role", "name"),
    "aws:lambda/alias:Alias": _joined("/", "functionName", "name"),
    "aws:lambda/function:Function": _named(),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": _joined(":", "functionName", "qualifier"),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _joined(",", "functionName", "qualifier"),
    "aws:scheduler/schedule:Schedule": _joined("/", "groupName", "name"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": _named(),
}


def recovered(state: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The state without operations under way, and a line for each of them."""
    deployment = state["deployment"]
    pending = deployment.get("pending_operations") or []
    known = {resource["urn"] for resource in deployment.get("resources") or []}
    taken = [op["resource"] for op in pending if op["type"] == "creating" and _can_be_taken(op["resource"], known)]
    resources = [*(deployment.get("resources") or []), *map(_taken_over, taken)]
    changed = {**deployment, "resources": resources, "pending_operations": []}
    return {**state, "deployment": changed}, list(_told(pending, taken))


def _can_be_taken(resource: Resource, known: set[str]) -> bool:
    # One that is being replaced is in the state already.
    return resource["type"] in IDS and resource["urn"] not in known


def _taken_over(resource: Resource) -> Resource:
    inputs = resource.get("inputs") or {}
    return {**resource, "id": IDS[resource["type"]](inputs), "outputs": inputs}


def _told(pending: list[dict[str, Any]], taken: list[Resource]) -> Iterator[str]:
    urns = {resource["urn"] for resource in taken}
    for operation in pending:
        resource = operation["resource"]
        name = f"{resource['type'].rpartition(':')[2]} {resource['urn'].rpartition('::')[2]}"
        if resource["urn"] in urns:
            yield f"{name}: taken over as {IDS[resource['type']](resource.get('inputs') or {})}, if it was made"
        elif operation["type"] == "creating":
            yield f"{name}: forgotten; look for one that nothing uses, and delete it"
        else:
            yield f"{name}: its {operation['type']} is done again"
    if not pending:
        yield "nothing was under way"


def main() -> None:
    """From a state on standard input to the recovered one on standard output; lines for people on standard error."""
    state, lines = recovered(json.load(sys.stdin))
    print("\n".join(lines), file=sys.stderr)
    json.dump(state, sys.stdout)


if __name__ == "__main__":
    main()
