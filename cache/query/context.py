"""What the names in a query mean here and now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from cache.models import Container, Member

__all__ = ["QueryContext"]

_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What is known of sources, people, forms and views, and what time it is for the person."""

    sources: tuple[str, ...]
    """Sources of the config: rows of others are not listed."""
    members: tuple[Member, ...] = ()
    me: Mapping[str, str] | None = None
    """The person's user id at each source."""
    providers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """The provider of each source."""
    local: frozenset[str] = frozenset()
    """Sources whose triage is kept here."""
    containers: tuple[Container, ...] = ()
    """Pages, forms and bots by name."""
    views: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """The query of each view."""
    now: float = 0.0
    """Seconds since the epoch."""
    zone: tzinfo = UTC
