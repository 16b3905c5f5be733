"""A small engine for the Pulumi program: each resource that it registers is created in the emulator by boto3.

It only creates, in the order in which outputs become known; it knows neither diffs nor what the real provider checks.
A type of resource that no function creates ends it.
"""

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from tests.infra.program import revealed
from tests.rehearsal import edges, functions
from tests.rehearsal.emulator import REGION, Emulator
from tests.rehearsal.resource import Inputs

CREATE = {**functions.CREATE, **edges.CREATE}
# Changes what the program registers: type, name and inputs in; inputs out, or None to leave the resource out.
Edit = Callable[[str, str, Inputs], Inputs | None]


class Engine(pulumi.runtime.Mocks):
    """Creates what the program registers. `created` has the types and names, for a test to see that none was missed."""

    def __init__(self, emulator: Emulator, edit: Edit) -> None:
        self._emulator = emulator
        self._edit = edit
        self.created: list[tuple[str, str]] = []

    def call(self, args: MockCallArgs) -> Any:
        identity = self._emulator.client("sts").get_caller_identity()
        return {
            "aws:index/getPartition:getPartition": {"partition": identity["Arn"].split(":")[1]},
            "aws:index/getRegion:getRegion": {"region": REGION},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": identity["Account"]},
            "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"userName": "AWS", "password": "token"},
        }[args.token]

    def new_resource(self, args: MockResourceArgs) -> tuple[str, Inputs]:
        if args.typ.startswith("model-router:"):
            return args.name, {}
        inputs = self._edit(args.typ, args.name, revealed(args.inputs))
        if inputs is None:
            return f"{args.name}-left-out", args.inputs
        create = CREATE[args.typ.rpartition(":")[2]]
        resource_id, outputs = create(self._emulator, args.name, inputs)
        self.created.append((args.typ, args.name))
        return resource_id, {**args.inputs, **outputs}
