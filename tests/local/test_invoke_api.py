"""The Invoke API, as an unmodified boto3 client sees it."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local.function import arn
from tests.local.conftest import Machine

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@pytest.fixture(scope="module")
def echo(machine: Machine) -> str:
    return machine.define("echo", timeout_s=5)


def invoke(client: "LambdaClient", function: str, **request: Any) -> dict[str, Any]:
    """Invoke a function, and read its payload to the end."""
    response = client.invoke(FunctionName=function, **request)
    return {**response, "Payload": response["Payload"].read()}


def payload(response: dict[str, Any]) -> Any:
    return json.loads(response["Payload"])


def refused(call: Callable[[], Any]) -> dict[str, Any]:
    """The parsed response of a call that the service refuses."""
    with pytest.raises(ClientError) as raised:
        call()
    response: dict[str, Any] = dict(raised.value.response)
    return response


def test_a_function_answers(client: "LambdaClient", echo: str) -> None:
    response = invoke(client, echo, Payload=b'{"text": "Zo\xc3\xab"}')
    assert response["StatusCode"] == 200
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response
    assert "LogResult" not in response
    answer = payload(response)
    assert answer["event"] == {"text": "Zoë"}
    assert answer["request_id"] == response["ResponseMetadata"]["RequestId"]


def test_no_payload_is_an_empty_object(client: "LambdaClient", echo: str) -> None:
    assert payload(invoke(client, echo))["event"] == {}


@pytest.mark.parametrize(
    ("reference", "qualifier", "version", "invoked"),
    [
        ("echo", None, "$LATEST", arn("echo")),
        ("echo:live", None, "1", arn("echo", "live")),
        ("echo", "live", "1", arn("echo", "live")),
        ("echo", "1", "1", arn("echo", "1")),
        ("echo", "$LATEST", "$LATEST", arn("echo", "$LATEST")),
        (arn("echo"), None, "$LATEST", arn("echo")),
        (arn("echo", "live"), None, "1", arn("echo", "live")),
        (arn("echo"), "live", "1", arn("echo", "live")),
        ("123456789012:function:echo:live", None, "1", arn("echo", "live")),
    ],
)
def test_a_function_goes_by_name_alias_and_arn(
    client: "LambdaClient", echo: str, reference: str, qualifier: str | None, version: str, invoked: str
) -> None:
    extra = {"Qualifier": qualifier} if qualifier else {}
    response = invoke(client, reference, **extra)
    assert response["ExecutedVersion"] == version
    assert payload(response)["arn"] == invoked


@pytest.mark.parametrize("reference", ["absent", "echo:absent", arn("absent"), arn("echo", "absent")])
def test_an_unknown_function_or_alias_is_not_found(client: "LambdaClient", echo: str, reference: str) -> None:
    response = refused(lambda: invoke(client, reference))
    assert response["Error"]["Code"] == "ResourceNotFoundException"
    assert response["Error"]["Message"].startswith("Function not found: arn:aws:lambda:")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke(client, reference)


def test_two_qualifiers_that_differ_are_refused(client: "LambdaClient", echo: str) -> None:
    response = refused(lambda: invoke(client, "echo:live", Qualifier="1"))
    assert response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_function_error_is_status_200_with_the_error(client: "LambdaClient", machine: Machine) -> None:
    response = invoke(client, machine.define("fail"))
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    assert payload(response)["errorType"] == "LookupError"


def test_the_tail_is_the_last_4_kb_of_the_log(client: "LambdaClient", machine: Machine) -> None:
    name = machine.define("speak")
    event = json.dumps({"say": "x" * 9000 + "end"}).encode()
    response = invoke(client, name, Payload=event, LogType="Tail")
    tail = base64.b64decode(response["LogResult"]).decode()
    assert len(tail) == 4096
    assert "xend\nEND RequestId: " in tail
    assert tail.splitlines()[-1].startswith("REPORT RequestId: ")


def test_the_client_context_reaches_the_function(client: "LambdaClient", echo: str) -> None:
    context = base64.b64encode(json.dumps({"custom": {"source": "Zoë"}}).encode()).decode()
    response = invoke(client, echo, ClientContext=context)
    assert payload(response)["custom"] == {"source": "Zoë"}


@pytest.mark.parametrize(
    "context", ["bm8ganNvbg==", "***", "MQ==", "W10=", "bnVsbA==", base64.b64encode(b"[" * 1200).decode()]
)
def test_a_client_context_that_is_no_json_object_in_base64_is_refused(
    client: "LambdaClient", echo: str, context: str
) -> None:
    response = refused(lambda: invoke(client, echo, ClientContext=context))
    assert response["Error"]["Code"] == "InvalidRequestContentException"


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b"\xff", b"'a'", b"[" * 100_000])
def test_a_payload_that_is_not_json_is_refused(client: "LambdaClient", echo: str, body: bytes) -> None:
    response = refused(lambda: invoke(client, echo, Payload=body))
    assert response["Error"]["Code"] == "InvalidRequestContentException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_6_mb_are_taken_and_one_byte_more_is_not(client: "LambdaClient", machine: Machine) -> None:
    name = machine.define("taking", "toys.context_of")
    limit = 6 * 1024 * 1024
    response = invoke(client, name, Payload=b'"' + b"x" * (limit - 2) + b'"')
    assert "FunctionError" not in response
    refusal = refused(lambda: invoke(client, name, Payload=b'"' + b"x" * (limit - 1) + b'"'))
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert refusal["Error"]["Code"] == "RequestEntityTooLargeException"
    assert refusal["Error"]["Message"] == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"


def test_an_asynchronous_payload_may_have_1_mb(client: "LambdaClient", echo: str) -> None:
    event = b'"' + b"x" * 1024 * 1024 + b'"'
    refusal = refused(lambda: invoke(client, echo, InvocationType="Event", Payload=event))
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert "too large for the Event invocation type (limit 1048576 bytes)" in refusal["Error"]["Message"]


def test_an_asynchronous_event_is_accepted_and_runs(client: "LambdaClient", machine: Machine) -> None:
    name = machine.define("counting", "toys.echo", max_sandboxes=1)
    response = invoke(client, name, InvocationType="Event", Payload=b"{}")
    assert (response["StatusCode"], response["Payload"]) == (202, b"")
    follow_up = machine.run(machine.functions.invoke(name, b"{}", wait=True))
    assert json.loads(follow_up.outcome.payload)["count"] == 2


def test_a_dry_run_runs_nothing(client: "LambdaClient", machine: Machine) -> None:
    name = machine.define("dry", "toys.echo")
    assert invoke(client, name, InvocationType="DryRun")["StatusCode"] == 204
    assert machine.functions.sandboxes(name) == 0
    assert refused(lambda: invoke(client, "absent", InvocationType="DryRun"))["Error"]["Code"] == (
        "ResourceNotFoundException"
    )


def test_past_the_limit_it_is_too_many_requests(client: "LambdaClient", machine: Machine) -> None:
    name = machine.define("limited", "toys.sleep", max_sandboxes=1)
    invoke(client, name, Payload=b'{"seconds": 0}')

    def once(_: int) -> dict[str, Any]:
        try:
            return invoke(client, name, Payload=b'{"seconds": 1}')
        except client.exceptions.TooManyRequestsException as error:
            return dict(error.response)

    with ThreadPoolExecutor(2) as threads:
        responses = list(threads.map(once, range(2)))
    refusal = next(r for r in responses if "Error" in r)
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refusal["retryAfterSeconds"] == "1"
    assert refusal["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert refusal["Error"]["Message"] == "Rate Exceeded."


def test_anything_but_an_invocation_is_unknown(machine: Machine) -> None:
    for method, path in (("GET", "/2015-03-31/functions/"), ("POST", "/"), ("GET", "/2015-03-31/functions/echo")):
        response = httpx.request(method, machine.url + path)
        assert response.status_code == 404
        assert response.headers["x-amzn-errortype"] == "UnknownOperationException"


def test_an_unknown_invocation_type_is_refused(machine: Machine, echo: str) -> None:
    url = f"{machine.url}/2015-03-31/functions/{echo}/invocations"
    response = httpx.post(url, headers={"x-amz-invocation-type": "Later"})
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (400, "InvalidParameterValueException")


def test_a_page_of_a_browser_may_not_invoke(machine: Machine, echo: str) -> None:
    url = f"{machine.url}/2015-03-31/functions/{echo}/invocations"
    refused = httpx.post(url, content=b"{}", headers={"origin": "https://example.com", "content-type": "text/plain"})
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
