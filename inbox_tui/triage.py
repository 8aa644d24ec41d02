"""From an action over some submissions to the edits that carry it out and the words that name it.

Shared by the inbox and by `inbox-tui set`. Nothing is read or written here: the caller says what the person
sees, and hands the edits to the outbox as one gesture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cache.models import (
    OPEN_STATUSES,
    PRIORITIES,
    Capability,
    Key,
    Triage,
    TriageField,
    TriageValue,
)
from cache.outbox.notes import with_line
from cache.outbox.outbox import Edit
from cache.outbox.registers import same_value
from cache.text import one_line

__all__ = [
    "FIELD_NAMES",
    "Action",
    "NotAllowed",
    "Subject",
    "append_note",
    "assign",
    "change_priority",
    "combine",
    "mark_read",
    "not_spam",
    "reopen",
    "replace_note",
    "resolve",
    "restore",
    "set_flag",
    "set_priority",
    "set_status",
    "stamped",
    "toggle_flag",
    "toggle_spam",
    "unassign",
    "value_words",
]

FIELD_NAMES: Final[Mapping[TriageField, str]] = {
    "status": "status",
    "priority": "priority",
    "flagged": "flag",
    "assignee_id": "assignee",
    "notes": "notes",
}
"""What people call each triage field."""

_REOPENED: Final = "read"


def value_words(field: TriageField, value: TriageValue, person: Callable[[str], str | None]) -> str:
    """A triage value on one line; `person` tells the name behind a user id."""
    if value is None or value == "":
        return "nobody" if field == "assignee_id" else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line((person(value) or value[:8]) if field == "assignee_id" else value, 60)


class NotAllowed(Exception):
    """An action cannot be done to one of its submissions; `str(error)` is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One submission an action is done to, as the person sees it."""

    key: Key
    ref: str
    """The short name a person uses."""
    seen: Triage
    """The values on the screen, unsettled edits included."""
    server: Triage
    """The server's values behind them: what an edit is based on."""
    before_resolve: str | None = None
    """The status it had before the person set the present one (resolved or spam), None if unknown."""
    capabilities: Mapping[TriageField, Capability] | None = None
    """Where edits of its source end up; None: every field can be edited."""


class Action(NamedTuple):
    """One gesture: what it is called afterwards, and its edits."""

    label: str
    """In the past tense, such as `resolved SUB-0416` or `resolved 3 submissions`."""
    edits: tuple[Edit, ...]
    already: str = ""
    """What is so when there is nothing to change, such as `SUB-0416 is already resolved`."""


def resolve(subjects: Sequence[Subject]) -> Action:
    """Resolve them. Raises NotAllowed."""
    return set_status(subjects, "resolved")


def reopen(subjects: Sequence[Subject]) -> Action:
    """Give closed ones the open status from before, else `read`; open ones stay. Raises NotAllowed."""
    closed = [subject for subject in subjects if subject.seen.status not in OPEN_STATUSES]

    def before(subject: Subject) -> str:
        known = subject.before_resolve
        return known if known in OPEN_STATUSES else _REOPENED

    return Action(
        f"reopened {_what(closed)}", _edits(closed, "status", before), _already(subjects, "already open")
    )


def toggle_spam(subjects: Sequence[Subject]) -> Action:
    """Call them spam; a single one that is spam already is not spam any more. Raises NotAllowed."""
    if len(subjects) == 1 and subjects[0].seen.status == "spam":
        return not_spam(subjects)
    return set_status(subjects, "spam")


def not_spam(subjects: Sequence[Subject]) -> Action:
    """Give spam the status from before, else `read`; others stay. Raises NotAllowed."""
    spam = [subject for subject in subjects if subject.seen.status == "spam"]

    def before(subject: Subject) -> str:
        known = subject.before_resolve
        return known if known and known != "spam" else _REOPENED

    edits = _edits(spam, "status", before)
    return Action(f"took {_what(spam)} out of spam", edits, _already(subjects, "no spam"))


def set_status(subjects: Sequence[Subject], status: str) -> Action:
    """Set the status. Raises NotAllowed."""
    words = {"resolved": "resolved {}", "spam": "marked {} as spam"}
    name = status.replace("_", " ")
    label = words.get(status, f"set {{}} to {name}").format(_what(subjects))
    return Action(label, _edits(subjects, "status", lambda _: status), _already(subjects, f"already {name}"))


def mark_read(subjects: Sequence[Subject], me: Mapping[str, str]) -> Action:
    """Make new ones read because they were looked at: implicit edits, which always yield.

    Not those of somebody else, and only where the source itself keeps the status. `me` has the person's
    user id at each source.
    """
    new = [subject for subject in subjects if _counts_as_read(subject, me)]
    edits = _edits(new, "status", lambda _: "read")
    return Action(f"read {_what(new)}", tuple(replace(edit, implicit=True) for edit in edits))


def _counts_as_read(subject: Subject, me: Mapping[str, str]) -> bool:
    held = subject.capabilities
    is_remote = held is None or held.get("status") is Capability.REMOTE
    return (
        is_remote
        and subject.seen.status == "new"
        and subject.seen.assignee_id in (None, me.get(subject.key.source))
    )


def toggle_flag(subjects: Sequence[Subject]) -> Action:
    """Flag them; a single flagged one loses its flag. Raises NotAllowed."""
    return set_flag(subjects, not (len(subjects) == 1 and subjects[0].seen.flagged))


def set_flag(subjects: Sequence[Subject], flagged: bool) -> Action:
    """Set or take the flag. Raises NotAllowed."""
    verb = "flagged" if flagged else "unflagged"
    held = "already flagged" if flagged else "not flagged"
    edits = _edits(subjects, "flagged", lambda _: flagged)
    return Action(f"{verb} {_what(subjects)}", edits, _already(subjects, held))


def set_priority(subjects: Sequence[Subject], priority: str) -> Action:
    """Set the priority. Raises NotAllowed."""
    label = f"set the priority of {_what(subjects)} to {priority}"
    already = f"the priority of {_what(subjects)} is already {priority}"
    return Action(label, _edits(subjects, "priority", lambda _: priority), already)


def change_priority(subjects: Sequence[Subject], steps: int) -> Action:
    """Raise (or, with a negative number, lower) each priority, up to the last one. Raises NotAllowed."""

    def moved(subject: Subject) -> str:
        held = subject.seen.priority
        rank = PRIORITIES.index(held) if held in PRIORITIES else 0
        return PRIORITIES[max(0, min(len(PRIORITIES) - 1, rank + steps))]

    if len(subjects) == 1:
        return set_priority(subjects, moved(subjects[0]))
    verb = "raised" if steps > 0 else "lowered"
    already = f"the priority of {_what(subjects)} is already {PRIORITIES[-1 if steps > 0 else 0]}"
    return Action(f"{verb} the priority of {_what(subjects)}", _edits(subjects, "priority", moved), already)


def assign(subjects: Sequence[Subject], users: str | Mapping[str, str], name: str) -> Action:
    """Assign to one person, whose user id is `users`, or is found there by source.

    Raises NotAllowed, also when the person is not known at a submission's source.
    """
    label = f"assigned {_what(subjects)} to {one_line(name, 60)}"
    edits = _edits(subjects, "assignee_id", lambda subject: _user(subject, users, name))
    return Action(label, edits, _already(subjects, f"already assigned to {one_line(name, 60)}"))


def unassign(subjects: Sequence[Subject]) -> Action:
    """Assign to nobody. Raises NotAllowed."""
    edits = _edits(subjects, "assignee_id", lambda _: None)
    return Action(f"unassigned {_what(subjects)}", edits, _already(subjects, "assigned to nobody already"))


def replace_note(subjects: Sequence[Subject], text: str) -> Action:
    """Replace the notes; an empty text removes them. Raises NotAllowed."""
    verb = "changed" if text else "removed"
    label = f"{verb} the notes of {_what(subjects)}"
    edits = _edits(subjects, "notes", lambda _: text or None)
    return Action(label, edits, f"the notes of {_what(subjects)} are as they were")


def restore(subjects: Sequence[Subject], field: TriageField, value: TriageValue) -> Action:
    """Want a value again that a field had before. Raises NotAllowed."""
    name, what = FIELD_NAMES[field], _what(subjects)
    edits = _edits(subjects, field, lambda _: value)
    return Action(f"restored the {name} of {what}", edits, f"the {name} of {what} is that already")


def append_note(subjects: Sequence[Subject], text: str) -> Action:
    """Put a text on a line of its own after the old notes; see `stamped`. Raises NotAllowed."""
    label = f"added a note to {_what(subjects)}"
    if not text.strip():
        return Action(label, ())

    edits = _edits(subjects, "notes", lambda subject: with_line(subject.seen.notes, text))
    return Action(label, tuple(replace(edit, adds=text) for edit in edits))


def stamped(text: str, *, now: float, author: str | None = None) -> str:
    """A note with the moment (seconds since the epoch) and the author before it.

    As in `2026-05-22 09:14Z Tom Kay: called back`; without an author the name is left out.
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%MZ")
    name = one_line(author, 60) if author else ""
    return f"{moment} {name}: {text}" if name else f"{moment}: {text}"


def combine(actions: Sequence[Action], subjects: Sequence[Subject]) -> Action:
    """Several actions on the same submissions as one gesture, called after what it really changes."""
    seen = {subject.key: subject.seen for subject in subjects}

    def changes(edit: Edit) -> bool:
        return not same_value(edit.field, edit.want, seen[edit.key].value(edit.field))

    telling = [action for action in actions if any(map(changes, action.edits))] or list(actions)
    if len(telling) == 1:
        return telling[0]
    edits = tuple(edit for action in telling for edit in action.edits)
    names = list(dict.fromkeys(FIELD_NAMES[edit.field] for edit in edits))
    fields = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    return Action(f"changed {fields or 'nothing'} of {_what(subjects)}", edits)


def _edits(
    subjects: Sequence[Subject], field: TriageField, want: Callable[[Subject], TriageValue]
) -> tuple[Edit, ...]:
    for subject in subjects:
        held = subject.capabilities
        if held is not None and held.get(field, Capability.NONE) is Capability.NONE:
            raise NotAllowed(
                f"The key of {subject.key.source} may not change the {FIELD_NAMES[field]} of a submission"
                f" ({subject.ref})."
            )
    return tuple(Edit(subject.key, field, want(subject), subject.server) for subject in subjects)


def _user(subject: Subject, users: str | Mapping[str, str], name: str) -> str:
    if isinstance(users, str):
        return users
    user = users.get(subject.key.source)
    if user is None:
        raise NotAllowed(
            f"It is not known who {one_line(name, 60)} is at {subject.key.source} ({subject.ref})."
        )
    return user


def _already(subjects: Sequence[Subject], held: str) -> str:
    return f"{_what(subjects)} {'is' if len(subjects) == 1 else 'are'} {held}"


def _what(subjects: Sequence[Subject]) -> str:
    if len(subjects) == 1:
        return one_line(subjects[0].ref, 40)
    return f"{len(subjects)} submissions" if subjects else "nothing"
