"""Invokes a model's function once: Lambda through boto3, or a function of this process. Knows nothing of requests."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from router.faults import ConnectionLost, function_error, service_error
from shared.errors import ModelUnavailable, Timeout

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import InvocationResponseTypeDef

CONNECT_TIMEOUT_S = 1
# Below the 29 s of a deadline. Whoever waits for an invocation leaves it earlier when less is left.
READ_TIMEOUT_S = 28.5
CONNECTIONS = 64
USER_AGENT = f"model-router Botocore/{botocore.__version__}"


class Invoker(Protocol):
    """Asks one model one thing, and waits for it."""

    def invoke(self, model: str, payload: bytes) -> bytes:
        """What the model of this id replies to a payload. Raises `shared.errors.Error`; may outlast a deadline."""


class LambdaInvoker:
    """Invokes `function` with the model's id in place of `{id}`, once: a blind retry would run a slow request twice."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    @classmethod
    def connect(cls, function: str, read_timeout_s: float = READ_TIMEOUT_S, **client: Any) -> "LambdaInvoker":
        """With a client of this process's own credentials, region and endpoint, or of those given."""
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s,
            max_pool_connections=CONNECTIONS,
            tcp_keepalive=True,
            # botocore's own is put together twice for each call: a fifth of the processor time that the call takes.
            user_agent=USER_AGENT,
        )
        return cls(boto3.client("lambda", config=config, **client), function)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def invoke(self, model: str, payload: bytes) -> bytes:
        try:
            response = self._client.invoke(FunctionName=self._function.replace("{id}", model), Payload=payload)
            return _payload(response)
        except ClientError as error:
            raise service_error(error) from error
        except ReadTimeoutError as error:
            raise Timeout("The model did not answer in time. Send a shorter request, or send it again.") from error
        except (ConnectionClosedError, IncompleteReadError, ResponseStreamingError) as error:
            raise ConnectionLost("The connection to the model was lost. Send the request again.") from error
        except BotoCoreError as error:
            raise ModelUnavailable("The model cannot be reached. Send the request again in a few seconds.") from error


def _payload(response: "InvocationResponseTypeDef") -> bytes:
    payload = response["Payload"].read()
    # First of all: a failed function comes with status 200 too.
    if "FunctionError" in response:
        raise function_error(payload)
    return payload


class InProcess:
    """Functions of this process in the place of models: what the tests and the benchmark ask."""

    def __init__(self, functions: Mapping[str, Callable[[bytes], bytes]]) -> None:
        self._functions = functions

    def invoke(self, model: str, payload: bytes) -> bytes:
        if model not in self._functions:
            raise ModelUnavailable("The model is not deployed. Send the request again later.")
        return self._functions[model](payload)
