"""Serves ASGI applications on sockets of this machine, several in one event loop. Knows nothing of what they answer."""

import asyncio
import socket
from typing import Any, cast

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# A runtime's connection is silent for as long as its function thinks.
KEEP_ALIVE_S = 3600


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


class OneWrite:
    """A transport that sends what is written in one turn of the loop at once: a response's head and body, say.

    It halves the system calls and the packets on both sides.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol on such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, OneWrite(transport)))


class HttpServer:
    """One application on one socket, from `start` to `stop`. Signals, logging and the event loop stay the caller's."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        config.load()
        self._bound = bound
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    async def start(self) -> None:
        await self._server.startup(sockets=[self._bound])

    async def stop(self, grace_s: float = 1) -> None:
        """Accept nothing more, give running requests `grace_s` to end, then drop them and every connection."""
        for listening in self._server.servers:
            listening.close()
        state = self._server.server_state
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=grace_s)
        for connection in list(state.connections):
            connection.transport.abort()
        for task in state.tasks:
            task.cancel()


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
