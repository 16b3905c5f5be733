"""HTTP requests to a running platform, with keys, retries and errors in one sentence. Knows no task."""

import json
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import httpx

from model_router.problem import Problem

# The gateway answers within 29 s.
TIMEOUT_S = 60.0
PASSING = (429, 500, 502, 503, 504)
LONGEST_PAUSE_S = 30.0


class Refused(Problem):
    """The platform answered with an error. `param` names the field at fault, as `input[3]`."""

    def __init__(self, message: str, *, status: int, param: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param


class Client:
    """One platform. `with` it; its methods may be called from several threads."""

    def __init__(self, url: str, key: str | None, *, connections: int = 1, patience_s: float = 0.0) -> None:
        """`patience_s` is for how long a request is sent again, when its failure may pass by itself."""
        parts = _parts(url)
        if parts is None:
            raise Problem(
                f"{url!r} is no address: name one such as https://abc.execute-api.eu-central-1.amazonaws.com."
            )
        self.url = parts.geturl().rstrip("/").removesuffix("/v1")
        self.patience_s = patience_s
        self.stopped = threading.Event()
        self._has_answered = False
        if key and not (key.isascii() and key.isprintable()):
            raise Problem("The key holds characters that no key has: copy it again.")
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
        self._http = httpx.Client(
            headers=headers,
            timeout=TIMEOUT_S,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            # A proxy of the environment does not reach what runs here.
            trust_env=parts.hostname not in ("localhost", "127.0.0.1", "::1"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._http.close()

    def get(self, path: str) -> Any:
        """Return the JSON at a path. Raises Refused or Problem."""
        return self._send("GET", path, None)[0]

    def post(self, path: str, body: Mapping[str, Any], *, once: Collection[int] = ()) -> tuple[Any, Mapping[str, str]]:
        """Return the JSON answer to a body, and the headers. Raises Refused or Problem.

        A status in `once` is not waited out: the caller has another way.
        """
        return self._send("POST", path, body, once)

    def model(self, task: str, model_id: str | None) -> dict[str, Any]:
        """Return what `/v1/models` says of a model: the one named, else the one that answers a task by default."""
        served = self.get("/v1/models")["data"]
        for model in served:
            if model["id"] == model_id or (model_id is None and model["task"] == task and model["default"]):
                return dict(model)
        asked = f"no model {model_id!r}" if model_id else f"nothing for the task {task!r}"
        known = ", ".join(f"{model['id']} (task {model['task']})" for model in served)
        raise Problem(f"{self.url} serves {asked}: it has {known}; name one with --model.")

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, once: Collection[int] = ()
    ) -> tuple[Any, Mapping[str, str]]:
        content = None if body is None else _encoded(body)
        until = time.monotonic() + self.patience_s
        attempt = 0
        while True:
            try:
                response = self._http.request(method, self.url + path, content=content)
            except httpx.HTTPError as error:
                failure: Problem = Problem(self._unreachable(error))
                if isinstance(error, httpx.ConnectError) and not self._has_answered:
                    raise failure from None
                pause_s = None
            else:
                self._has_answered = True
                if response.is_success:
                    return _json(response, self.url), response.headers
                failure = _refusal(response, self.url, path)
                if not _may_pass(response) or response.status_code in once:
                    raise failure
                pause_s = retry_after_s(response.headers.get("retry-after"), time.time)
            # Full jitter, so that parallel requests that were refused together do not come back together.
            wait_s = pause_s if pause_s is not None else random.uniform(0.1, min(LONGEST_PAUSE_S, 0.5 * 2**attempt))
            attempt += 1
            if time.monotonic() + wait_s > until or self.stopped.wait(wait_s):
                raise failure

    def _unreachable(self, error: httpx.HTTPError) -> str:
        if isinstance(error, httpx.ConnectError) and not self.url.startswith("https"):
            return f"Nothing answers at {self.url}: start it with `model-router serve`, or name another with --url."
        reason = str(error) or type(error).__name__
        return f"{self.url} cannot be reached ({reason}): check --url and the network."


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address; None if it is none."""
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def retry_after_s(value: str | None, now: Callable[[], float]) -> float | None:
    """Return the seconds of a `retry-after` header, which may be a date; None without one that can be read."""
    if value is None:
        return None
    try:
        return max(0.0, float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - now())
    except ValueError:
        return None


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair: the platform says in which text it is.
        return json.dumps(body).encode()


def _may_pass(response: httpx.Response) -> bool:
    return response.status_code in PASSING and response.headers.get("x-should-retry") != "false"


def _json(response: httpx.Response, url: str) -> Any:
    try:
        return response.json()
    except ValueError:
        raise Problem(f"{url} answers no JSON, so it is no model-router: check --url.") from None


def _refusal(response: httpx.Response, url: str, path: str) -> Refused:
    """Return the error in an answer of the platform's or of the gateway in front of it."""
    try:
        said = response.json()
    except ValueError:
        said = {}
    error = said.get("error") if isinstance(said, dict) else None
    status, param = response.status_code, None
    if isinstance(error, dict):
        message, param = str(error.get("message")), error.get("param")
    else:
        gateway = said.get("message") if isinstance(said, dict) else None
        message = str(error or gateway or response.reason_phrase)
    remedy = {
        401: " Name it with --key or MODEL_ROUTER_KEY.",
        403: " A deployment whose `auth` is iam takes signed requests only, and this command signs none.",
        404: f" `model-router models list --url {url}` shows the tasks.",
    }.get(status, "")
    if status == 404 and isinstance(error, dict) and error.get("code") == "not_found" and path.startswith("/v1/"):
        message = f"It serves no task {path.removeprefix('/v1/')!r}; name another with --task, or add such a model"
    message = f"{message.rstrip('.')}.{remedy}"
    return Refused(f"{url} answered {status}: {message}", status=status, param=param)
