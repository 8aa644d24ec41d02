"""What waits for the person's word: conflicts, refused and orphaned edits, and values that were overwritten.

Shared by the inbox and by `inbox-tui outbox`. Reads and rules through the local copy; draws nothing.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cache.models import EditState, Event, Key, PendingEdit, TriageField, TriageValue
from cache.outbox.notes import both_texts
from cache.outbox.overwrites import Overwrite
from cache.outbox.registers import same_value
from inbox_tui.workspace import LocalCopy

__all__ = [
    "CardEntry",
    "CardKind",
    "Choice",
    "Identity",
    "Ruling",
    "changed_by",
    "identities",
    "read_entries",
    "result_of",
    "rule",
]

CardKind: TypeAlias = Literal["conflict", "rejected", "orphaned", "overwrite"]
Choice: TypeAlias = Literal["mine", "theirs", "both", "text", "retry", "discard", "restore", "dismiss"]
"""What the person says: the first four of a conflict, the last two of an overwritten value."""

Identity: TypeAlias = tuple[CardKind, Key, TriageField, int]
"""What kind, of what, and the number of an overwritten value."""

_KINDS: Final[dict[EditState, CardKind]] = {
    EditState.CONFLICT: "conflict",
    EditState.REJECTED: "rejected",
    EditState.ORPHANED: "orphaned",
}
_EVENTS: Final[dict[TriageField, tuple[str, ...]]] = {
    "status": ("status_changed",),
    "priority": ("priority_changed",),
    "flagged": ("flagged", "unflagged"),
    "assignee_id": ("assigned", "unassigned"),
    "notes": ("notes_updated",),
}
"""The events that tell of a field: docs/contracts/awardee.md."""


@dataclass(frozen=True, slots=True)
class CardEntry:
    """One field of one submission that waits for the person's word."""

    kind: CardKind
    key: Key
    ref: str
    who: str
    """Who sent the submission; empty when it is not held."""
    rowid: int | None
    field: TriageField
    base: TriageValue
    """What the person saw when they made the edit."""
    mine: TriageValue
    theirs: TriageValue
    at: int
    """When the person made the edit, in seconds since the epoch; 0 for an overwritten value."""
    by: str | None = None
    """Who made the other change, where the timeline tells."""
    changed_at: float | None = None
    """When they made it, in seconds since the epoch."""
    message: str | None = None
    """What the server said."""
    has_timeline: bool = True
    """Whether the timeline was read; if not, it may tell more."""
    edit: PendingEdit | None = None
    overwrite: Overwrite | None = None

    @property
    def identity(self) -> Identity:
        """The same for the same thing read again."""
        return self.kind, self.key, self.field, self.overwrite.id if self.overwrite else 0

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be said of it."""
        match self.kind:
            case "conflict":
                return ("mine", "theirs", "both", "text") if self.field == "notes" else ("mine", "theirs")
            case "overwrite":
                known = self.overwrite is not None and self.overwrite.known
                return ("restore", "dismiss") if known else ("dismiss",)
        return "retry", "discard"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The person's word on one entry; `text` goes with the choice `text`."""

    entry: CardEntry
    choice: Choice
    text: str = ""


def identities(local: LocalCopy) -> tuple[Identity, ...]:
    """What waits for the person, by name alone."""
    edits = (
        (_KINDS[edit.state], edit.key, edit.field, 0)
        for edit in local.outbox.pending()
        if edit.state in _KINDS
    )
    return (*edits, *(("overwrite", one.key, one.field, one.id) for one in local.outbox.overwrites()))


def read_entries(local: LocalCopy, *, only: Container[Key] | None = None) -> tuple[CardEntry, ...]:
    """Everything that waits for the person, oldest edit first, overwritten values last.

    With `only` what waits at these submissions.
    """
    edits = [edit for edit in local.outbox.pending() if edit.state in _KINDS]
    return (
        *(_of_edit(local, edit) for edit in edits if only is None or edit.key in only),
        *(_of_overwrite(local, one) for one in local.outbox.overwrites() if only is None or one.key in only),
    )


def _of_edit(local: LocalCopy, edit: PendingEdit) -> CardEntry:
    row, kind = local.reader.row(edit.key), _KINDS[edit.state]
    by, changed_at = None, None
    if kind == "conflict":
        by, changed_at = changed_by(local.reader.events(edit.key), edit.field, edit.theirs)
    return CardEntry(
        kind=kind,
        key=edit.key,
        ref=local.reader.ref(edit.key),
        who=row.who if row is not None else "",
        rowid=row.rowid if row is not None else None,
        field=edit.field,
        base=edit.base,
        mine=edit.want,
        theirs=edit.theirs,
        at=edit.edited_at,
        by=by,
        changed_at=changed_at,
        message=edit.error,
        has_timeline=local.reader.has_timeline(edit.key),
        edit=edit,
    )


def _of_overwrite(local: LocalCopy, one: Overwrite) -> CardEntry:
    row = local.reader.row(one.key)
    return CardEntry(
        kind="overwrite",
        key=one.key,
        ref=local.reader.ref(one.key),
        who=row.who if row is not None else "",
        rowid=row.rowid if row is not None else None,
        field=one.field,
        base=None,
        mine=one.mine,
        theirs=one.theirs,
        at=0,
        by=one.actor_name or local.reader.person(one.actor_id),
        changed_at=one.at,
        overwrite=one,
    )


def changed_by(
    events: Iterable[Event], field: TriageField, value: TriageValue
) -> tuple[str | None, float | None]:
    """Who last set a field to a value and when (seconds since the epoch), as far as the timeline tells."""
    for event in reversed(tuple(events)):
        if event.type not in _EVENTS[field]:
            continue
        after = event.type == "flagged" if field == "flagged" else event.after
        if isinstance(after, str | bool | None) and same_value(field, after, value):
            moment = event.created_at.timestamp() if event.created_at is not None else None
            return event.actor_name, moment
    return None, None


def result_of(ruling: Ruling) -> TriageValue:
    """What the field will hold when a ruling is carried out."""
    entry = ruling.entry
    match ruling.choice:
        case "mine" | "retry" | "dismiss":
            return entry.mine
        case "both":
            return both_texts(entry.base, entry.mine, entry.theirs)
        case "text":
            return ruling.text or None
    return entry.theirs


def rule(local: LocalCopy, rulings: Sequence[Ruling]) -> tuple[Ruling, ...]:
    """Carry rulings out; those whose entry is not as the person saw it any more are given back undone.

    Raises NotSaved; then the rulings before it hold.
    """
    return tuple(ruling for ruling in rulings if not _carry_out(local, ruling))


def _carry_out(local: LocalCopy, ruling: Ruling) -> bool:
    outbox, entry, edit = local.outbox, ruling.entry, ruling.entry.edit
    match ruling.choice:
        case "mine" | "theirs":
            mine = ruling.choice == "mine"
            return outbox.settle(entry.key, entry.field, mine=mine, ruled_on=edit) is not None
        case "both" | "text":
            return outbox.settle_as(entry.key, entry.field, result_of(ruling), ruled_on=edit) is not None
        case "retry":
            return bool(outbox.retry(entry.key, entry.field))
        case "discard":
            return bool(outbox.discard(entry.key, entry.field))
    if entry.overwrite is None or entry.overwrite not in outbox.overwrites():
        return False
    if ruling.choice == "dismiss":
        outbox.dismiss(entry.overwrite)
    else:
        label = f"restored the value of {entry.by or 'a colleague'} on {entry.ref}"
        outbox.restore(entry.overwrite, local.reader.server, label)
    return True
