"""What passes between the engine and the cloud, for a test to count, hold or refuse."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Literal

Operation = Literal["create", "read", "update", "delete", "invoke"]


@dataclass(frozen=True)
class Call:
    """One change of the cloud, one look at it, or one function invoked.

    `type` is a resource's, without its package, and `name` its logical name, or the function's with its version.
    """

    operation: Operation
    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.operation} {self.type} {self.name}"


def ignore(call: Call) -> None:
    """Let a call pass."""


@dataclass
class Tap:
    """What passes between the engine and the cloud. A test may hold or refuse what it wants to see interrupted."""

    calls: list[Call] = field(default_factory=list)
    before: Callable[[Call], None] = ignore
    after: Callable[[Call], None] = ignore
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passing(self, operation: Operation, urn: str) -> AbstractContextManager[None]:
        """While a resource is changed or looked at."""
        return self.counted(Call(operation, type_of(urn).rpartition(":")[2], urn.rpartition("::")[2]))

    @contextmanager
    def counted(self, call: Call) -> Iterator[None]:
        with self.lock:
            self.calls.append(call)
        self.before(call)
        yield
        self.after(call)


def type_of(urn: str) -> str:
    """A URN's type: `urn:pulumi:stack::project::parent$type::name`."""
    return urn.split("::")[2].rpartition("$")[2]
