"""One thread at a time on a shared connection."""

import functools
import threading
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

__all__ = ["Lock", "alone"]

P = ParamSpec("P")
T = TypeVar("T")


class Lock(Protocol):
    """An object whose methods share one lock."""

    @property
    def lock(self) -> "threading.RLock":
        """The lock of the connection."""
        ...


S = TypeVar("S", bound=Lock)


def alone(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let only one thread at a time run this method or another one with the same lock.

    A batch of rows is stored on a thread of its own; what else wants to write waits for its transaction
    instead of joining it.
    """

    @functools.wraps(method)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return guarded
