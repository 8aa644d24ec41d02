"""A submission as it is stored: plain values, made once, that another process can make and hand over."""

from typing import NamedTuple

from cache.models import Submission, Triage
from cache.store.derive import Derived

__all__ = ["Packed", "Ready", "make_ready"]


class Packed(NamedTuple):
    """What takes long to make of the answers and the JSON text."""

    answers: bytes
    raw: bytes
    """These two by `Packer.pack`."""
    body: str
    """The answers as they are searched, by `segment`."""


class Ready(NamedTuple):
    """Everything that is written of a submission but for its place."""

    source: str
    id: str
    number: int | None
    container_id: str | None
    created: int
    """Seconds since the epoch."""
    order: float
    """The moment of creation with its fraction: two of one second stand in this order."""
    triage: Triage
    derived: Derived
    digest: bytes
    """The hash of `raw`."""
    raw: bytes
    """The provider's JSON text, in UTF-8."""
    packed: Packed | None = None
    """Where that was made already; the answers may then be left out."""


def make_ready(
    submission: Submission,
    derived: Derived,
    digest: bytes,
    raw: bytes,
    packed: Packed | None = None,
) -> Ready:
    """What is stored of a submission; `digest` is `raw_hash(raw)`."""
    order = submission.created_at.timestamp()
    return Ready(
        submission.source,
        submission.id,
        submission.number,
        submission.container_id,
        int(order),
        order,
        submission.triage,
        derived,
        digest,
        raw,
        packed,
    )
