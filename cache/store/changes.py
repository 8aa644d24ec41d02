"""What changed, as ids: the only news that travels from the cache to a screen."""

from dataclasses import dataclass

__all__ = ["ChangeSet"]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Rows and facts that are not what they were; a screen reads again what it shows of them."""

    rowids: frozenset[int] = frozenset()
    """Submissions whose row or detail changed, new ones included."""
    arrived: frozenset[int] = frozenset()
    """Submissions that were not there before."""
    names: bool = False
    """True when members, containers or accounts changed."""
    sources: bool = False
    """True when the state of a source changed (last sync, error, budget)."""

    def __or__(self, other: "ChangeSet") -> "ChangeSet":
        return ChangeSet(
            self.rowids | other.rowids,
            self.arrived | other.arrived,
            self.names or other.names,
            self.sources or other.sources,
        )

    def __bool__(self) -> bool:
        return bool(self.rowids or self.arrived or self.names or self.sources)
