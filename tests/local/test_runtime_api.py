"""The Runtime API, by a runtime that does what awslambdaric never does; its launcher starts no process at all."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping

import httpx

from local.function import Result
from tests.local.conftest import Machine

NUMBERS = itertools.count()
Script = Callable[[httpx.AsyncClient], Awaitable[None]]
NEXT = "/invocation/next"


class Scripted:
    """A process that follows a script until it is killed."""

    def __init__(self, script: Script, runtime_api: str) -> None:
        self._ended = asyncio.Event()
        self._task = asyncio.create_task(self._run(script, f"http://{runtime_api}/2018-06-01/runtime"))

    async def _run(self, script: Script, url: str) -> None:
        async with httpx.AsyncClient(base_url=url) as client:
            await script(client)

    async def wait(self) -> int:
        await self._ended.wait()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return -9

    def kill(self) -> None:
        self._ended.set()

    def peak_memory_mb(self) -> int | None:
        return None


class ScriptLauncher:
    """Starts scripts."""

    host = "127.0.0.1"

    def __init__(self, script: Script) -> None:
        self._script = script

    async def launch(self, handler: str, environ: Mapping[str, str], output: int) -> Scripted:
        return Scripted(self._script, environ["AWS_LAMBDA_RUNTIME_API"])


def invoke(machine: Machine, script: Script, timeout_s: float = 10) -> Result:
    name = machine.define(f"scripted-{next(NUMBERS)}", "h", launcher=ScriptLauncher(script), timeout_s=timeout_s)
    return machine.run(machine.functions.invoke(name, b'{"a": 1}'))


def test_the_event_comes_with_the_headers_that_runtimes_need(machine: Machine) -> None:
    seen: list[httpx.Response] = []

    async def script(client: httpx.AsyncClient) -> None:
        seen.append(await client.get(NEXT))
        request_id = seen[0].headers["lambda-runtime-aws-request-id"]
        await client.post(f"/invocation/{request_id}/response", content=b"{}")
        await client.get(NEXT)

    result = invoke(machine, script)
    assert seen[0].json() == {"a": 1}
    assert seen[0].headers["content-type"] == "application/json"
    assert seen[0].headers["lambda-runtime-aws-request-id"] == result.request_id
    assert int(seen[0].headers["lambda-runtime-deadline-ms"]) > 1_700_000_000_000
    assert seen[0].headers["lambda-runtime-invoked-function-arn"].startswith("arn:aws:lambda:")
    assert "lambda-runtime-client-context" not in seen[0].headers


def test_only_the_event_at_hand_can_be_answered_and_once(machine: Machine) -> None:
    statuses: list[int] = []

    async def script(client: httpx.AsyncClient) -> None:
        request_id = (await client.get(NEXT)).headers["lambda-runtime-aws-request-id"]
        for path in ("/invocation/other/response", f"/invocation/{request_id}/response"):
            statuses.append((await client.post(path, content=b'"first"')).status_code)
        statuses.append((await client.post(f"/invocation/{request_id}/error", content=b"{}")).status_code)
        await client.get(NEXT)

    assert invoke(machine, script).outcome.payload == b'"first"'
    assert statuses == [400, 202, 400]


def test_an_error_without_a_type_gets_it_from_the_header(machine: Machine) -> None:
    async def script(client: httpx.AsyncClient) -> None:
        headers = {"lambda-runtime-function-error-type": "Runtime.Odd"}
        await client.post("/init/error", content=b"no object", headers=headers)

    outcome = invoke(machine, script).outcome
    assert (outcome.error_type, outcome.payload) == ("Runtime.Odd", b"no object")


def test_an_error_of_more_than_6_mb_is_left_out(machine: Machine) -> None:
    async def script(client: httpx.AsyncClient) -> None:
        request_id = (await client.get(NEXT)).headers["lambda-runtime-aws-request-id"]
        await client.post(f"/invocation/{request_id}/error", content=b"x" * 7_000_000)
        await client.get(NEXT)

    outcome = invoke(machine, script).outcome
    assert outcome.error_type == "Runtime.Unknown"
    assert "larger than an answer" in json.loads(outcome.payload)["errorMessage"]


def test_an_answer_counts_although_the_runtime_hangs_after_it(machine: Machine) -> None:
    async def script(client: httpx.AsyncClient) -> None:
        request_id = (await client.get(NEXT)).headers["lambda-runtime-aws-request-id"]
        await client.post(f"/invocation/{request_id}/response", content=b'"in time"')
        await asyncio.sleep(60)

    outcome = invoke(machine, script, timeout_s=0.5).outcome
    assert (outcome.payload, outcome.error_type) == (b'"in time"', None)


def test_what_is_no_request_to_the_api_is_refused(machine: Machine) -> None:
    statuses: list[int] = []
    rest: list[bytes] = []

    async def script(client: httpx.AsyncClient) -> None:
        statuses.append((await client.get("/invocation/last")).status_code)
        statuses.append((await client.post("/invocation/next")).status_code)
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(b"nonsense\r\n\r\n")
        rest.append(await reader.read())
        writer.close()
        await client.post("/init/error", content=b"{}")

    invoke(machine, script)
    assert statuses[:2] == [404, 405]
    assert rest[0].startswith(b"HTTP/1.1 400 ")
