"""Keeps requests to different paths out of each other's way: so many of each path are under way at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary


class Lanes:
    """One lane for each path. A request to a path whose lane is full waits for one that came before it."""

    def __init__(self, width: int) -> None:
        """`width` requests of one path are under way at a time."""
        self._width = width
        # Callers choose paths: one that nobody uses is forgotten.
        self._lanes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def enter(self, path: str) -> AsyncIterator[None]:
        """Be under way on a path, however its slashes are written."""
        lane = self._lanes.setdefault("/".join(filter(None, path.split("/"))), asyncio.Semaphore(self._width))
        async with lane:
            yield
