"""A function's way to traffic: its new version has to give the expected answer before the alias moves to it.

A trial is no resource: the engine would remember a failed one, and stop everything else at once. The alias is all that
is remembered. Where it is behind its function, the new version is asked, by every `pulumi up` until it answers right.
"""

import asyncio
import importlib.metadata
import json
import time
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.deployment import Deployment
from infra.stop import SAID, stop
from shared.deployment import ALIAS, ROUTER

# Pauses between trials. A new permission, a throttle, a version that is still being prepared pass by themselves.
PAUSES_S: Sequence[float] = (2, 4, 8, 16)
# What Lambda says of a version before it can be invoked. Taking a snapshot starts the function, and takes minutes.
PREPARING = ("SnapStartNotReadyException", "ResourceConflictException")
FAILED = "state: Failed"
PREPARING_PAUSE_S = 5.0
PREPARING_S = 15 * 60


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Says what is wrong with a trial, as a clause. Another trial of the same version may go well if `may_pass`.

    `is_preparing` says that Lambda is not done with the version: optimising its image, or taking its snapshot.
    """

    text: str
    may_pass: bool
    is_preparing: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Which version was to be released, which one is live afterwards and what is wrong. `live` is None for none yet."""

    version: str
    live: str | None
    fault: Fault | None = None


Check = Callable[[Any], Fault | None]


class Release(pulumi.ComponentResource):
    """The alias of one function.

    `check` says what is wrong with the new version's answer to `payload`, or None. The releases in `after` come first,
    and have to succeed. `before` is run when a version may go live, before the alias moves. A version pinned in the
    settings is served unasked, its own golden answer is gone: unless `may_serve` has something against it.
    """

    def __init__(
        self,
        part: str,
        function: aws.lambda_.Function,
        deployment: Deployment,
        *,
        payload: dict[str, Any],
        check: Check,
        after: Sequence["Release"] = (),
        before: Callable[[], Awaitable[None]] | None = None,
        may_serve: pulumi.Output[Fault | None] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        own = deployment.names.resource(part)
        super().__init__("model-router:index:Release", own, {}, opts)
        self.label = own
        self.is_router = part == ROUTER
        self._function_name = deployment.names.of(part)
        self._payload = json.dumps(payload, sort_keys=True)
        self._check = check
        self._after = after
        self._before = before
        self._may_serve = may_serve
        self._pinned = deployment.settings.pinned_versions.get(part)
        self._judged = asyncio.Event()
        self.outcome: pulumi.Output[Outcome] = function.version.apply(self._decide)
        live: pulumi.Output[str] = self.outcome.apply(self._live_version)
        self.alias = aws.lambda_.Alias(
            own,
            name=ALIAS,
            function_name=function.name,
            function_version=live,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"alias": self.alias.arn})

    async def settled(self) -> Outcome:
        """The outcome, once the alias is where it belongs."""
        outcome: Outcome = await self.outcome.future()  # type: ignore[assignment]  # known outside a preview
        if outcome.live is not None:
            await self.alias.id.future()
        return outcome

    def judge(self) -> None:
        """Ends the waiting of an alias that has no version to point to; see `conclude`."""
        self._judged.set()

    async def _decide(self, version: str) -> Outcome:
        if self._pinned:
            return await self._pin(self._pinned)
        if pulumi.runtime.is_dry_run():
            return Outcome(version=version, live=version)
        live = await self._version_of_alias()
        if live == version:
            await self._clear_the_way()
            return Outcome(version=version, live=version)
        waits_for = [release.label for release in self._after if (await release.settled()).fault]
        waiting = Fault(text=f"waits for {', '.join(waits_for)}", may_pass=True)
        fault = waiting if waits_for else await self._try(version)
        if fault is None:
            await self._clear_the_way()
        return Outcome(version=version, live=live if fault else version, fault=fault)

    async def _clear_the_way(self) -> None:
        if self._before is not None:
            await self._before()

    async def _pin(self, version: str) -> Outcome:
        fault = await self._may_serve.future() if self._may_serve else None
        live = await self._version_of_alias() if fault and not pulumi.runtime.is_dry_run() else version
        return Outcome(version=version, live=live, fault=fault)

    async def _live_version(self, outcome: Outcome) -> str:
        if outcome.live is None:
            # Neither this alias nor what depends on it can be made; everything else is, before the program ends.
            await self._judged.wait()
            raise SystemExit(SAID)
        return outcome.live

    async def _version_of_alias(self) -> str | None:
        """Where the alias points now, None where there is none. It is not an error: the version is asked then."""
        arguments = {"functionName": self._function_name, "name": ALIAS}
        try:
            alias = await self._call("aws:lambda/getAlias:getAlias", arguments)
        except Exception:
            return None
        return str(alias["functionVersion"])

    async def _try(self, version: str) -> Fault | None:
        pauses_s, patient_until = iter(PAUSES_S), time.monotonic() + PREPARING_S
        while (fault := await self._ask(version)) is not None and fault.may_pass:
            is_waiting = fault.is_preparing and time.monotonic() < patient_until
            pause_s = PREPARING_PAUSE_S if is_waiting else next(pauses_s, None)
            if pause_s is None:
                break
            await asyncio.sleep(pause_s)
        return fault

    async def _ask(self, version: str) -> Fault | None:
        arguments = {"functionName": self._function_name, "qualifier": version, "input": self._payload}
        try:
            reply = await self._call("aws:lambda/getInvocation:getInvocation", arguments)
        except Exception as error:
            said = str(error)
            # A version whose snapshot could not be taken stays so.
            has_failed = FAILED in said
            is_preparing = not has_failed and any(name in said for name in PREPARING)
            text = f"fails its trial ({said[:500]})"
            return Fault(text=text, may_pass=not has_failed, is_preparing=is_preparing)
        return self._check(json.loads(reply["result"]))

    async def _call(self, function: str, arguments: dict[str, str]) -> Any:
        """Call a function of the provider that the resources have, too. Raises Exception with what AWS says.

        The SDK's own wrappers either block the loop or make a failure the program's.
        """
        opts = pulumi.InvokeOptions(parent=self, version=importlib.metadata.version("pulumi-aws"))
        return await pulumi.runtime.invoke_async(function, arguments, opts)


# The releases of each program that runs in this process, by its root resource.
_PROGRAMS: weakref.WeakKeyDictionary[pulumi.Resource, list[Release]] = weakref.WeakKeyDictionary()


def conclude_at_the_end(releases: Sequence[Release]) -> None:
    """Have the program fail at its very end if one of these releases has failed, together with all others of it."""
    program = pulumi.runtime.get_root_resource()
    assert program is not None
    if program not in _PROGRAMS:
        everything: list[Release] = []
        _PROGRAMS[program] = everything
        pulumi.run(lambda: conclude(everything))
    _PROGRAMS[program] += releases


async def conclude(releases: Sequence[Release]) -> None:
    """Wait for all releases; if any failed, name all that did and end the program as failed. Nothing in a preview."""
    if pulumi.runtime.is_dry_run():
        return
    settled = await asyncio.gather(*(release.settled() for release in releases), return_exceptions=True)
    # An exception is the engine's: a resource that could not be made, which it reports itself.
    outcomes = [(r, o) for r, o in zip(releases, settled, strict=True) if isinstance(o, Outcome)]
    failed = [(release, outcome) for release, outcome in outcomes if outcome.fault]
    if failed:
        for release in releases:
            release.judge()
        summary = (
            f"{len(failed)} of {len(releases)} functions got no new version: {', '.join(r.label for r, _ in failed)}."
        )
        stop("\n".join([f"{summary} {_rest(failed)}", *(_line(r.label, o) for r, o in failed)]))


def _rest(failed: Sequence[tuple[Release, Outcome]]) -> str:
    if any(release.is_router and outcome.live is None for release, outcome in failed):
        return "The API, the schedule and the dashboard are made once the router is released."
    return "All other changes are made."


def _line(part: str, outcome: Outcome) -> str:
    assert outcome.fault is not None
    live = f"version {outcome.live} stays live" if outcome.live else "nothing is live yet"
    remedy = (
        "`pulumi up` asks it again"
        if outcome.fault.may_pass
        else "mend the model and build it (make models), or go back to the last commit that worked, then `pulumi up`"
    )
    return f"{part}: version {outcome.version} {outcome.fault.text}; {live}. {remedy[0].upper()}{remedy[1:]}."
