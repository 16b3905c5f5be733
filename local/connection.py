"""The connections of a server that anybody may reach: those that ask for nothing are closed in time."""

import asyncio
import resource

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The rest of the files that a process may open are for its sandboxes and their logs.
MOST = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2


class Connection(HttpToolsProtocol):
    """One connection. The server's `timeout_keep_alive` is how long it may take to ask for something.

    Past `MOST` connections the one that has been silent for longest is closed, so that a new client gets in.
    """

    _is_last = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.silent_since_s = self.loop.time()
        self._await_request()
        if len(self.connections) > MOST:
            silent = (c for c in self.connections if isinstance(c, Connection) and c.is_silent and c is not self)
            oldest = min(silent, key=lambda connection: connection.silent_since_s, default=None)
            if oldest is not None:
                oldest.transport.close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_silent:  # the head of a request is not whole yet
            self._await_request()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the way to a client that will send no more while it waits for an answer."""
        self._is_last = not self.is_silent
        return self._is_last

    def on_response_complete(self) -> None:
        self.silent_since_s = self.loop.time()
        super().on_response_complete()
        if self._is_last:
            self.transport.close()

    @property
    def is_silent(self) -> bool:
        """Whether it waits for a request."""
        return not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete)

    def _await_request(self) -> None:
        self._unset_keepalive_if_required()
        until_s = self.silent_since_s + self.timeout_keep_alive
        self.timeout_keep_alive_task = self.loop.call_at(until_s, self.timeout_keep_alive_handler)
