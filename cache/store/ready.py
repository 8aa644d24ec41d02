"""A submission as it is stored: plain values, made once, that another process can make and hand over."""

from typing import NamedTuple

from cache.models import Submission, Triage
from cache.store.derive import Derived

__all__ = ["Ready", "make_ready"]


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
    raw: str
    """The provider's JSON text."""
    packed: tuple[bytes, bytes] | None = None
    """What `Packer.pack` gave for it, where that was done already; the answers may then be joined to one."""


def make_ready(
    submission: Submission,
    derived: Derived,
    digest: bytes,
    raw: str,
    packed: tuple[bytes, bytes] | None = None,
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
