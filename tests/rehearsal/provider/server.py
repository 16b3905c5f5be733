"""The engine's protocol for providers, served over gRPC: it checks, compares and previews, and changes the cloud.

One server stands for all packages of one checkout (PULUMI_DEBUG_PROVIDERS). It keeps the real providers' rules: names
are checked before anything is made, a fixed name is deleted before it is made again, previews know no computed output.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import grpc
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.rehearsal.provider.kind import UNKNOWN, Kind, Properties, Refused, Target
from tests.rehearsal.provider.kinds import INVOKES, KINDS, TRIAL
from tests.rehearsal.provider.tap import Call, Tap, type_of

WORKERS = 64
# Newer than any that the program may ask for.
VERSION = "1000.0.0"


def plain(struct: struct_pb2.Struct) -> Properties:
    """Properties as Python values."""
    properties: Properties = json_format.MessageToDict(struct)
    return properties


def packed(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the protocol carries them."""
    struct = struct_pb2.Struct()
    struct.update(dict(properties))
    return struct


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves every type of `KINDS` and every function of `INVOKES`."""

    def __init__(self, target: Target, tap: Tap) -> None:
        self._target = target
        self._tap = tap

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:
        arguments = plain(request.args)
        trial = Call("invoke", "Function", f"{arguments.get('functionName')}:{arguments.get('qualifier')}")
        counted = self._tap.counted(trial) if request.tok == TRIAL else nullcontext()
        with _said(context), counted:
            result = INVOKES[request.tok](self._target, arguments)
        return provider_pb2.InvokeResponse(**{"return": packed(result)})

    def Check(self, request: Any, context: Any) -> Any:
        kind, news = KINDS[type_of(request.urn)], plain(request.news)
        _give_name(kind, request, news)
        failures = [
            provider_pb2.CheckFailure(property=name, reason=f"{news[name]!r} does not match {pattern!r}")
            for name, pattern in kind.patterns.items()
            if news.get(name) not in (None, UNKNOWN) and not re.fullmatch(pattern, news[name])
        ]
        return provider_pb2.CheckResponse(inputs=packed(news), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        kind, state, news = KINDS[type_of(request.urn)], plain(request.olds), plain(request.news)
        olds = plain(request.old_inputs)
        changed = kind.changed(olds, news)
        replacing = kind.replacing(changed)
        with _said(context):
            seen = changed | kind.differs(self._target, state, news)
        kept = kind.named is not None and kind.named not in replacing | set(news.get("__defaults", []))
        response = provider_pb2.DiffResponse
        return response(
            changes=response.DIFF_SOME if seen else response.DIFF_NONE,
            replaces=sorted(replacing),
            diffs=sorted(seen),
            deleteBeforeReplace=bool(replacing) and kept,
        )

    def Create(self, request: Any, context: Any) -> Any:
        kind, news = KINDS[type_of(request.urn)], plain(request.properties)
        if request.preview:
            outputs = news | dict.fromkeys(kind.computed, UNKNOWN)
            return provider_pb2.CreateResponse(properties=packed(outputs))
        with _said(context), self._tap.passing("create", request.urn):
            resource_id, outputs = kind.create(self._target, request.urn.rpartition("::")[2], news)
        return provider_pb2.CreateResponse(id=resource_id, properties=packed(news | outputs))

    def Read(self, request: Any, context: Any) -> Any:
        kind, state, inputs = KINDS[type_of(request.urn)], plain(request.properties), plain(request.inputs)
        with _said(context), self._tap.passing("read", request.urn):
            live = kind.read(self._target, request.id, state)
        if live is None:
            return provider_pb2.ReadResponse()
        outputs = {key: live.pop(key) for key in kind.computed if key in live}
        wanted = {key: value for key, value in live.items() if key in inputs or not inputs}
        return provider_pb2.ReadResponse(
            id=request.id, properties=packed(state | wanted | outputs), inputs=packed(inputs | wanted)
        )

    def Update(self, request: Any, context: Any) -> Any:
        kind, state, news = KINDS[type_of(request.urn)], plain(request.olds), plain(request.news)
        computed = {key: state[key] for key in kind.computed if key in state}
        if request.preview:
            changed = kind.changed(plain(request.old_inputs), news)
            moving = {name for name, by in kind.moves.items() if changed & by}
            outputs = news | computed | dict.fromkeys(moving, UNKNOWN)
            return provider_pb2.UpdateResponse(properties=packed(outputs))
        assert kind.update is not None
        with _said(context), self._tap.passing("update", request.urn):
            outputs = kind.update(self._target, request.id, state, news)
        return provider_pb2.UpdateResponse(properties=packed(news | computed | outputs))

    def Delete(self, request: Any, context: Any) -> Any:
        kind, state = KINDS[type_of(request.urn)], plain(request.properties)
        with _said(context), self._tap.passing("delete", request.urn):
            kind.delete(self._target, request.id, state)
        return empty_pb2.Empty()


def _give_name(kind: Kind, request: Any, news: Properties) -> None:
    """Make up the name that the program leaves to the provider, once."""
    if kind.named is None or kind.named in news:
        return
    olds = plain(request.olds)
    made = f"{request.urn.rpartition('::')[2]}-{hashlib.sha256(request.randomSeed).hexdigest()[:7]}"
    news[kind.named] = olds[kind.named] if kind.named in olds.get("__defaults", []) else made
    news["__defaults"] = [kind.named]


@contextmanager
def _said(context: Any) -> Iterator[None]:
    """Tell the engine why a call failed."""
    try:
        yield
    except (ClientError, Refused) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


@contextmanager
def serving(target: Target, tap: Tap) -> Iterator[int]:
    """Serve the providers of one checkout on a port of this machine."""
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(target, tap), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None)
