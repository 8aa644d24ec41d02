"""What can be done to the submission under the cursor, and why not: known before a key is pressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from cache.models import TRIAGE_FIELDS, Capability, Detail, Key, TriageField
from cache.text import one_line
from inbox_tui.drawing.told import system_name
from inbox_tui.inbox.copying import COPIES
from inbox_tui.inbox.facts import Facts
from inbox_tui.providers import keeps_no_triage
from inbox_tui.triage import FIELD_NAMES

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["KEPT_HERE", "Abilities", "Refusal", "abilities", "field_of"]

KEPT_HERE: Final = "kept on this machine only"

_NAME_LIMIT: Final = 40
_FIELDS: Final[tuple[tuple[str, TriageField], ...]] = (
    ("triage.assign.", "assignee_id"),
    ("triage.priority.", "priority"),
    ("triage.flag", "flagged"),
    ("triage.", "status"),
    ("note.", "notes"),
)
_CHEAP_COPIES: Final = ("copy.email", "copy.phone", "copy.reply")
"""The copies that there may be nothing for."""


def field_of(command_id: str) -> TriageField | None:
    """The triage field a command changes, None for one that changes none."""
    return next((field for prefix, field in _FIELDS if command_id.startswith(prefix)), None)


class Refusal(NamedTuple):
    """Why something cannot be done."""

    short: str
    """A few words beside the keys it concerns."""
    sentence: str
    """What is said when it is asked for all the same, without a period."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one submission's source can take, as far as it is known here."""

    key: Key | None
    provider: str
    facts: Facts
    detail: Detail | None

    @property
    def _held(self) -> Mapping[TriageField, Capability]:
        return self.facts.capabilities.get(self.key.source, {}) if self.key is not None else {}

    def refusal(self, command_id: str) -> Refusal | None:
        """Why a command cannot be done to the submission; None when it can, or nothing is known of it."""
        if self.key is None:
            return None
        if command_id in _CHEAP_COPIES:
            return self._uncopied(command_id)
        field, held = field_of(command_id), self._held
        if field is None or not held:
            return None
        if held.get(field, Capability.NONE) is Capability.NONE:
            return self._forbidden(field)
        if command_id in ("triage.assign.me", "triage.assign.pick") and keeps_no_triage(self.provider):
            return self._nobody(command_id)
        return None

    def is_kept_here(self, command_id: str) -> bool:
        """Whether what a command changes is kept on this machine only."""
        field = field_of(command_id)
        return field is not None and self._held.get(field) is Capability.LOCAL

    def _forbidden(self, field: TriageField) -> Refusal:
        assert self.key is not None
        source = one_line(self.key.source, _NAME_LIMIT)
        if all(self._held.get(name, Capability.NONE) is Capability.NONE for name in TRIAGE_FIELDS):
            return Refusal("not with this key: it may only read", f"The key of {source} may only read")
        name = FIELD_NAMES[field]
        return Refusal(
            f"this key may not change the {name}",
            f"The key of {source} may not change the {name}",
        )

    def _nobody(self, command_id: str) -> Refusal | None:
        """A system without triage has nobody to choose from, and cannot say who is at the keyboard."""
        assert self.key is not None
        source, people = self.key.source, self.facts.people
        if any(member.source == source for member in people.members):
            return None
        name = system_name(self.provider)
        if command_id == "triage.assign.pick":
            return Refusal(f"{name} tells of no colleagues", f"{name} tells of no colleagues to choose from")
        if source in people.me:
            return None
        shown = one_line(source, _NAME_LIMIT)
        return Refusal(
            f"{name} cannot say who you are",
            f'{name} cannot say who you are: write me = "your name" under [sources.{shown}]',
        )

    def _uncopied(self, command_id: str) -> Refusal | None:
        detail = self.detail
        if detail is None or detail.submission.key != self.key or COPIES[command_id][1](detail):
            return None
        name = COPIES[command_id][0]
        return Refusal("it has none of those in brackets", f"This submission has no {name}")


def abilities(screen: "InboxScreen") -> Abilities:
    """What can be done to the submission under the cursor of a screen."""
    row = screen.row
    sources = screen.app.workspace.config.sources
    source = sources.get(row.key.source) if row is not None else None
    return Abilities(
        row.key if row is not None else None,
        source.provider if source is not None else "",
        screen.facts,
        screen.reading.detail if screen.is_complete else None,
    )
