"""Chooses a colleague: who a submission is assigned to, or who is at the keyboard."""

import enum
from collections.abc import Sequence
from typing import TypeAlias

from cache.models import Member
from inbox_tui.screens.picking import PickEntry, PickScreen
from inbox_tui.signs import SignSet

__all__ = ["MemberChoice", "MemberPicker", "Special"]


class Special(enum.Enum):
    """Answers that are not a member."""

    ME = "me"
    NOBODY = "nobody"


MemberChoice: TypeAlias = Member | Special


class MemberPicker(PickScreen[MemberChoice]):
    """Finds a member by a part of the name; returns the member or a `Special`, None after Esc."""

    def __init__(
        self,
        title: str,
        members: Sequence[Member],
        signs: SignSet,
        *,
        specials: Sequence[Special] = (Special.ME, Special.NOBODY),
        current: str | None = None,
    ) -> None:
        """`current` is the user id the submission is assigned to now; without `specials` only members."""
        first: list[PickEntry[MemberChoice]] = [PickEntry(special, special.value) for special in specials]
        several = len({member.source for member in members}) > 1
        rest: list[PickEntry[MemberChoice]] = [
            PickEntry(member, member.name, _detail(member, several, current), member.role or "")
            for member in sorted(members, key=lambda member: (member.name.casefold(), member.user_id))
        ]
        super().__init__(title, first + rest, signs, placeholder="Type a part of a name")


def _detail(member: Member, several: bool, current: str | None) -> str:
    parts = [member.source] if several else []
    if current is not None and member.user_id == current:
        parts.append("assigned now")
    return ", ".join(parts)
