"""`python -m local`: serve a catalog on this machine. Reads the command line and the environment, and tells people."""

import argparse
import asyncio
import ipaddress
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.http_server import address, bind
from local.keys import WrongKeys, api_keys
from local.port import parse, refusal
from local.stack import PREFIX, Settings, Stack
from shared.artifact import verify_all
from shared.catalog import Catalog, CatalogError

REPOSITORY = Path(__file__).resolve().parent.parent
EMBEDDED = REPOSITORY / "models" / "embedded" / "models.toml"
ORIGIN = re.compile(r"https?://[^/\s*]+|\*")


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Serve a catalog on this machine: Lambda, its Invoke API and the HTTP API in front.",
        epilog="API_KEYS=key or API_KEYS=name=key,name=key in the environment turns API keys on; CORS_ORIGINS=https://"
        "app.example.com,http://localhost:5173 lets pages of these origins ask, * those of all.",
    )
    cores = os.cpu_count() or 1
    parser.add_argument("--catalog", type=Path, default=EMBEDDED, help="the models to serve (default: %(default)s)")
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the repository (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="of the HTTP API (default: %(default)s)")
    parser.add_argument("--lambda-port", type=_port, help="of the Invoke API (default: the next one, if it is free)")
    help_sandboxes = "processes per model, past which it answers 429 (default here: %(default)s)"
    parser.add_argument("--max-sandboxes", type=_positive, default=max(4, cores), help=help_sandboxes)
    help_warm_up = "seconds between warm-up events, 0 for none (default: %(default)s)"
    parser.add_argument("--warm-up-every", type=float, default=300, help=help_warm_up)
    return parser.parse_args(argv)


def _port(text: str) -> int:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 up")
    return int(text)


def banner(stack: Stack, catalog: Path, url: str, lambda_url: str) -> str:
    """What is served, where, and how to try it."""
    auth = (
        f"API keys: {', '.join(stack.settings.api_keys)}" if stack.settings.api_keys else "none (no key is asked for)"
    )
    width = max(len(model.id) for model in stack.served)
    models = [
        f"  {model.id:{width}}  POST {url}/v1/{model.task}" + ("" if model.default else f'  "model": "{model.id}"')
        for model in stack.served
    ]
    key = " -H 'authorization: Bearer '$KEY" if stack.settings.api_keys else ""
    curl = f"  curl{key} {url}/v1/models"
    lines = [
        f"model-router serves {catalog} on {url}",
        f"  auth      {auth}",
        f"  Lambda    {lambda_url} (boto3 endpoint_url; functions {PREFIX}<id>)",
        f"  logs      {stack.settings.log_directory}",
        "",
        *models,
        "",
        curl,
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


async def serve(
    settings: Settings, catalog: Path, http: socket.socket, lambda_: socket.socket, stack_type: type[Stack]
) -> None:
    """Run the stack until SIGINT, SIGTERM or SIGHUP. `catalog` is the path as the user knows it."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    stack = stack_type(settings, http, lambda_, lambda line: print(line, file=sys.stderr, flush=True))
    stopping = asyncio.create_task(stopped.wait())
    starting = asyncio.create_task(stack.start())
    began = time.perf_counter()
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            print(banner(stack, catalog, _url(http), _url(lambda_)), flush=True)
            print(f"Ready after {time.perf_counter() - began:.1f} s.", flush=True)
            await stopping
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await stack.stop()


def main(argv: Sequence[str], environ: Mapping[str, str], stack_type: type[Stack] = Stack) -> str | None:
    """Serve. Returns what went wrong, in a sentence."""
    options = arguments(argv)
    try:
        keys = api_keys(environ.get("API_KEYS", ""))
    except WrongKeys as error:
        return str(error)
    if not keys and not _is_loopback(options.host):
        return f"{options.host} can be reached from other machines: set API_KEYS=, or listen on 127.0.0.1."
    origins = [origin.strip() for origin in environ.get("CORS_ORIGINS", "").split(",") if origin.strip()]
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        return (
            "CORS_ORIGINS= lists origins such as https://app.example.com, comma-separated and without a path, or is *."
        )
    try:
        settings = Settings(
            catalog=Catalog.read(options.catalog),
            root=options.root.resolve(),
            max_sandboxes=options.max_sandboxes,
            warm_up_every_s=options.warm_up_every,
            api_keys=keys,
            cors_origins=origins,
        )
        with _bind(options.host, options.port, "PORT=") as http, _bind_lambda(options.lambda_port, http) as lambda_:
            verify_all(settings.catalog, settings.root)
            print(f"Starting {len(settings.catalog.specs)} models ...", flush=True)
            asyncio.run(serve(settings, options.catalog, http, lambda_, stack_type))
            print("Stopped.", file=sys.stderr)
    except (CatalogError, PortTaken) as error:
        return str(error)
    except KeyboardInterrupt:  # before the stack listens for signals
        return "Stopped."
    return None


class PortTaken(Exception):
    """Another process listens there."""


def _bind_lambda(port: int | None, http: socket.socket) -> socket.socket:
    """A socket for the Invoke API: on the port asked for, else on the one after the HTTP API's, else on any.

    It checks no signature, so it is never open to other machines.
    """
    if port is not None:
        return _bind("127.0.0.1", port, "--lambda-port")
    try:
        return bind("127.0.0.1", address(http)[1] + 1)
    except (OSError, OverflowError):
        return bind("127.0.0.1", 0)


def _bind(host: str, port: int, option: str) -> socket.socket:
    try:
        return bind(host, port)
    except OSError as error:
        raise PortTaken(refusal(host, port, option, error)) from None


def _url(bound: socket.socket) -> str:
    host, port = address(bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
