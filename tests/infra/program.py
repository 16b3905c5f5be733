"""Runs the Pulumi program without an engine and keeps what it registers."""

import json
import runpy
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime import settings as runtime
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

with warnings.catch_warnings():
    # The provider's package warns of a module of its own when this one is loaded.
    warnings.simplefilter("ignore", DeprecationWarning)
    aws.lambda_.Function  # noqa: B018

ACCOUNT, REGION, STACK = "123456789012", "eu-central-1", "dev"
SECRET = "4dabf18193072939515e22adb298388d"
KEY = "k" * 40
NEW_VERSION = "5"

Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Resource:
    """One registration: the provider's type token, the logical name and the inputs, secrets unwrapped."""

    type: str
    name: str
    inputs: dict[str, Any]


@dataclass
class Program:
    """What one run registered, in order, and what it exports."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def all(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]

    def one(self, type_: str, name: str) -> dict[str, Any]:
        (found,) = [r.inputs for r in self.all(type_) if r.name == name]
        return found

    def index(self, type_: str, name: str) -> int:
        (found,) = [i for i, r in enumerate(self.resources) if (r.type, r.name) == (type_, name)]
        return found

    def policies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement of every policy, with the name of the resource that carries it."""
        for resource in self.resources:
            for key in ("policy", "assumeRolePolicy"):
                document = json.loads(resource.inputs[key]) if key in resource.inputs else {}
                yield from ((f"{resource.type} {resource.name}", s) for s in document.get("Statement", []))


def revealed(value: Any) -> Any:
    """A value without the wrapping that marks it, or part of it, as secret."""
    if isinstance(value, dict):
        return revealed(value["value"]) if SECRET in value else {k: revealed(v) for k, v in value.items()}
    return [revealed(v) for v in value] if isinstance(value, list) else value


class Recorder(pulumi.runtime.Mocks):
    """Stands in for the engine: notes each resource and makes up what AWS would say of it.

    `answer` plays the functions: part of the platform and payload in, reply out.
    """

    def __init__(self, program: Program, answer: Answer) -> None:
        self._program = program
        self._answer = answer

    def call(self, args: MockCallArgs) -> Any:
        return {
            "aws:index/getPartition:getPartition": {"partition": "aws"},
            "aws:index/getRegion:getRegion": {"region": REGION},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"userName": "AWS", "password": "token"},
        }[args.token]

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = revealed(args.inputs)
        self._program.resources.append(Resource(args.typ, args.name, inputs))
        return f"{args.name}-id", {**args.inputs, **self._computed(args.typ, args.name, inputs)}

    def _computed(self, type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        called = inputs.get("name", name)
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{inputs.get('functionName', called)}"
        computed: dict[str, dict[str, Any]] = {
            "aws:lambda/function:Function": {"arn": function, "version": NEW_VERSION},
            "aws:lambda/alias:Alias": {"arn": f"{function}:{called}", "invokeArn": f"invoke/{function}:{called}"},
            "aws:iam/role:Role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{called}"},
            "aws:cloudwatch/logGroup:LogGroup": {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{called}"},
            "aws:ecr/repository:Repository": {"repositoryUrl": f"registry.example/{called}", "registryId": ACCOUNT},
            "docker-build:index:Image": {"digest": f"sha256:{name}", "ref": f"registry.example/{name}"},
            "aws:apigatewayv2/api:Api": {
                "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{name}-id",
                "apiEndpoint": f"https://{name}-id.example",
            },
            "aws:scheduler/scheduleGroup:ScheduleGroup": {"arn": f"arn:aws:scheduler:::schedule-group/{called}"},
            "aws:sns/topic:Topic": {"arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{called}"},
            "random:index/randomPassword:RandomPassword": {"result": KEY + name},
        }
        if type_ == "aws:lambda/invocation:Invocation":
            return {"result": json.dumps(self._answer(name, json.loads(inputs["input"])))}
        return computed.get(type_, {})


def run(root: Path, answer: Answer, into: Program | None = None, stack: str = STACK, **settings: str) -> Program:
    """Run `__main__.py` below `root` with these settings. Raises what the program raises."""
    program = Program() if into is None else into
    execute(root, Recorder(program, answer), stack, settings, program.outputs)
    return program


def execute(
    root: Path, mocks: pulumi.runtime.Mocks, stack: str, settings: Mapping[str, str], outputs: dict[str, Any]
) -> None:
    """Run `__main__.py` below `root` with `mocks` for an engine; `outputs` gets what it exports."""
    pulumi.runtime.set_mocks(mocks, project="model-router", stack=stack, preview=False)
    pulumi.runtime.set_all_config({f"model-router:{key}": value for key, value in settings.items()})

    def program() -> pulumi.Output[None]:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")
        root_resource: Any = runtime.get_root_resource()
        return pulumi.Output.all(**root_resource.outputs).apply(outputs.update)

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
