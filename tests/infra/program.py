"""Runs the Pulumi program without an engine and keeps what it registers."""

import asyncio
import contextlib
import functools
import json
import runpy
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime import settings as runtime
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from infra.stop import SAID

with warnings.catch_warnings():
    # The provider's package warns of a module of its own when this one is loaded.
    warnings.simplefilter("ignore", DeprecationWarning)
    aws.lambda_.Function  # noqa: B018

PROJECT, ACCOUNT, REGION, STACK = "model-router", "123456789012", "eu-central-1", "dev"
SECRET = "4dabf18193072939515e22adb298388d"
KEY = "k" * 40
NEW_VERSION = "5"

Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


class FunctionError(Exception):
    """A function crashed, or could not be invoked."""


@dataclass(frozen=True)
class Resource:
    """One registration: the provider's type token, the logical name and the inputs, secrets unwrapped."""

    type: str
    name: str
    inputs: dict[str, Any]


@dataclass
class Program:
    """What one run registered, in order, whom it asked what, what it exports, what it told, and which functions of the
    provider it called.
    """

    resources: list[Resource] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)

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

    `answer` plays the functions: part of the platform and payload in, reply out; a FunctionError fails the invocation.
    `live` has the versions to which aliases point already. Versions up to 8 exist.
    """

    def __init__(
        self, program: Program, answer: Answer, live: Mapping[str, str], old_router: Mapping[str, str]
    ) -> None:
        self._old_router = old_router
        self._program = program
        self._answer = answer
        self._live = live

    def call(self, args: MockCallArgs) -> Any:
        self._program.called.add(args.token)
        part = args.args.get("functionName", "").removeprefix(f"{PROJECT}-").partition("-")[2]
        match args.token:
            case "aws:lambda/getAlias:getAlias":
                found = {"functionVersion": self._live[part]} if part in self._live else {}
                return (found, [] if found else [("name", "couldn't find resource")])
            case "aws:lambda/getFunction:getFunction":
                function = {"environment": {"variables": self._old_router}} if part == "router" else {"version": "1"}
                return (function, [] if int(args.args["qualifier"]) <= 8 else [("qualifier", "couldn't find resource")])
            case "aws:lambda/getInvocation:getInvocation":
                self._program.asked.append((part, {**args.args, "resources": len(self._program.resources)}))
                try:
                    return {"result": json.dumps(self._answer(part, json.loads(args.args["input"])))}
                except FunctionError as error:
                    return ({}, [("input", str(error))])
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
            "aws:apigatewayv2/domainName:DomainName": {
                "domainNameConfiguration": {
                    **inputs.get("domainNameConfiguration", {}),
                    "targetDomainName": "d-1.example",
                    "hostedZoneId": "Z1",
                }
            },
            "aws:scheduler/scheduleGroup:ScheduleGroup": {"arn": f"arn:aws:scheduler:::schedule-group/{called}"},
            "aws:sns/topic:Topic": {"arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{called}"},
            "random:index/randomPassword:RandomPassword": {"result": KEY + name},
        }
        return computed.get(type_, {})


class Stopped(Exception):
    """The program ended as failed. The message is what it told its user, all lines of it."""


def run(
    root: Path,
    answer: Answer,
    into: Program | None = None,
    stack: str = STACK,
    *,
    live: Mapping[str, str] | None = None,
    old_router: Mapping[str, str] | None = None,
    preview: bool = False,
    region: str | None = REGION,
    secret: Sequence[str] = (),
    **settings: str,
) -> Program:
    """Run `__main__.py` below `root` with these settings, of which `secret` names those that are encrypted.

    `live` says where the aliases point before it, `old_router` is the environment of every older version of the router.

    Raises Stopped, or what the program raises.
    """
    program = Program() if into is None else into
    recorder = Recorder(program, answer, live or {}, old_router or {})
    config = ({"aws:region": region} if region else {}) | settings
    execute(root, recorder, stack, config, program, preview=preview, secret=secret)
    return program


def execute(
    root: Path,
    mocks: pulumi.runtime.Mocks,
    stack: str,
    settings: Mapping[str, str],
    program: Program,
    *,
    preview: bool,
    secret: Sequence[str],
) -> None:
    """Run `__main__.py` below `root` with `mocks` for an engine; `program` gets what it says and exports."""
    loop = _loop()
    try:
        pulumi.runtime.set_mocks(mocks, project=PROJECT, stack=stack, preview=preview)
        runtime.SETTINGS.outputs.clear()
        runtime.SETTINGS.engine = _Told(program.errors)
        qualified = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in settings.items()}
        pulumi.runtime.set_all_config(qualified, [f"{PROJECT}:{key}" for key in secret])
        with contextlib.chdir(root):
            loop.run_until_complete(_main(root / "__main__.py", program))
    except SystemExit as end:
        _abandon(loop)
        if end.code != SAID:
            raise
        raise Stopped("\n".join(program.errors)) from None


def _abandon(loop: asyncio.AbstractEventLoop) -> None:
    """End what a program that stopped has left, as the end of its process would."""
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        with contextlib.suppress(SystemExit):
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop for all runs: the SDK makes further ones in this one's threads, and closes none of them."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


async def _main(file: Path, program: Program) -> None:
    runtime.set_root_resource(None)  # type: ignore[arg-type]  # each run makes its own

    def run_file() -> None:
        runpy.run_path(str(file), run_name="__main__")

    await run_in_stack(run_file)
    root_resource: Any = runtime.get_root_resource()
    program.outputs.update(await pulumi.Output.all(**root_resource.outputs).future() or {})


class _Told:
    """The engine's log: keeps what the program tells as errors."""

    def __init__(self, errors: list[str]) -> None:
        self._errors = errors

    def Log(self, request: Any) -> None:
        if request.severity == engine_pb2.ERROR:
            self._errors.append(request.message)
