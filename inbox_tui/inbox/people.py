"""Who can be assigned, and who is at the keyboard."""

from dataclasses import dataclass

from cache.models import Member
from cache.store.reader import Reader

__all__ = ["People", "read_people"]


@dataclass(frozen=True, slots=True)
class People:
    """Who can be assigned, and who is at the keyboard."""

    members: tuple[Member, ...]
    me: dict[str, str]
    """The person's user id at each source."""

    def my_name(self, source: str) -> str | None:
        """The person's name at a source, None when it is not known."""
        user = self.me.get(source)
        return next(
            (member.name for member in self.members if member.source == source and member.user_id == user),
            None,
        )


def read_people(reader: Reader) -> People:
    """As the local copy knows them."""
    return People(reader.context.members, dict(reader.context.me or {}))
