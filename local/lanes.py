"""Keeps requests to different paths out of each other's way: so many of each path are under way at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Lanes:
    """One lane for each path. A request to a path whose lane is full waits for one that came before it."""

    def __init__(self, width: int) -> None:
        """`width` requests of one path are under way at a time."""
        self._width = width
        self._lanes: dict[str, tuple[asyncio.Semaphore, set[object]]] = {}

    @contextlib.asynccontextmanager
    async def enter(self, path: str) -> AsyncIterator[None]:
        """Be under way on a path, however its slashes are written."""
        path = "/".join(filter(None, path.split("/")))
        semaphore, users = self._lanes.setdefault(path, (asyncio.Semaphore(self._width), set()))
        user = object()
        users.add(user)
        try:
            async with semaphore:
                yield
        finally:
            users.discard(user)
            # Callers choose paths: one that nobody uses is forgotten.
            if not users:
                del self._lanes[path]
