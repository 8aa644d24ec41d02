"""The outbox file: edits that have not settled, their history, the attempts to send them."""

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
