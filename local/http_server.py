"""Serves ASGI applications on sockets of this machine, several in one event loop. Knows nothing of what they answer."""

import asyncio
import contextlib
import socket

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from local.connection import Connection

# A runtime's connection is silent for as long as its function thinks.
KEEP_ALIVE_S = 3600
# The HTTP API's: how long a connection may ask for nothing.
SILENT_S = 75
GRACE_S = 1


def bind(host: str, port: int) -> socket.socket:
    """A socket on which nothing listens yet; port 0 takes any that is free. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it each answer waits 40 ms for an ACK.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def address(bound: socket.socket) -> tuple[str, int]:
    """Host and port of a bound socket."""
    host, port = bound.getsockname()[:2]
    return str(host), int(port)


class _Server(uvicorn.Server):
    """A server that leaves signals to the program it is part of."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


class HttpServer:
    """One application on one socket, from `start` to `stop`. Signals, logging and the event loop stay the caller's."""

    def __init__(self, app: ASGIApp, bound: socket.socket, *, silent_s: int | None = None) -> None:
        """With `silent_s`, connections that ask for nothing for so long are closed, or earlier when room is needed."""
        self._bound = bound
        self._server = _Server(
            uvicorn.Config(
                app,
                http="httptools" if silent_s is None else Connection,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=silent_s or KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve from now on; who connects at once is answered as soon as the loop turns."""
        self._bound.listen()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._bound]))

    async def stop(self) -> None:
        """Accept nothing more, and give running requests GRACE_S seconds to end before they are dropped."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


async def read_body(request: Request, limit: int) -> bytes | None:
    """The body, or None when it is larger than `limit` bytes; it is read to its end in any case.

    Raises ClientDisconnect. Answering before the end would reset the connection under a client that still sends.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    return b"".join(chunks) if size <= limit else None
