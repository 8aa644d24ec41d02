"""Who can be assigned, and who is at the keyboard."""

from dataclasses import dataclass

from cache.models import Member

__all__ = ["People"]


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
