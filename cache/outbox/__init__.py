"""The outbox file: edits that have not settled, their history, the attempts to send them.

Each name is loaded when it is first asked for: a screen that only reads needs a part of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cache.outbox.attempts import Attempt, AttemptLog
    from cache.outbox.delivery import Delivery
    from cache.outbox.gestures import Gesture
    from cache.outbox.outbox import Edit, EditResult, Outbox, Undone
    from cache.outbox.requests import Request, RequestTable

__all__ = [
    "Attempt",
    "AttemptLog",
    "Delivery",
    "Edit",
    "EditResult",
    "Gesture",
    "Outbox",
    "Request",
    "RequestTable",
    "Undone",
]

_HOMES: Final = {
    "Attempt": "cache.outbox.attempts",
    "AttemptLog": "cache.outbox.attempts",
    "Delivery": "cache.outbox.delivery",
    "Gesture": "cache.outbox.gestures",
    "Edit": "cache.outbox.outbox",
    "EditResult": "cache.outbox.outbox",
    "Outbox": "cache.outbox.outbox",
    "Undone": "cache.outbox.outbox",
    "Request": "cache.outbox.requests",
    "RequestTable": "cache.outbox.requests",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
