"""What to do with the unsettled edits of one submission, decided from evidence alone.

A pure function: what the edits want, what a read showed and when it began, which attempts have an unknown
outcome, and how late it is. No clock is read and nothing is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from merge3 import Merge3

from cache.models import TRIAGE_FIELDS, EditState, JSONValue, PendingEdit, Triage, TriageValue
from cache.outbox.attempts import Attempt
from cache.outbox.registers import same_value

__all__ = [
    "HOLD_SECONDS",
    "Conclude",
    "Conflict",
    "Converge",
    "Decision",
    "Hold",
    "Merge",
    "ReadAgain",
    "Send",
    "Yield",
    "merge_notes",
    "patch_body",
    "plan",
]

HOLD_SECONDS: Final = 61
"""How long after an attempt of unknown outcome nothing different is sent for its fields (rule R4).

A minute, and the second by which moments kept as whole seconds may be short of it.
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one edit."""

    edit: PendingEdit


class Send(Decision):
    """The server still holds what the person saw: send."""


class Converge(Decision):
    """The server holds what is wanted: settle."""


class ReadAgain(Decision):
    """The read began before the edit: it proves nothing about it."""


@dataclass(frozen=True, slots=True)
class Hold(Decision):
    """An attempt of unknown outcome may still be on its way."""

    until: int
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Conflict(Decision):
    """The server holds something nobody here asked for: the person has to rule."""

    theirs: TriageValue


@dataclass(frozen=True, slots=True)
class Merge(Decision):
    """Both sides changed a text and both changes fit."""

    theirs: TriageValue
    merged: TriageValue


class Yield(Decision):
    """Nobody asked for it and the server shows something else by now: drop it without a word."""


@dataclass(frozen=True, slots=True)
class Conclude:
    """What became of an attempt whose answer was lost."""

    attempt: Attempt
    applied: bool


def plan(
    edits: Sequence[PendingEdit],
    server: Triage,
    read_at: int,
    unknown: Sequence[Attempt],
    now: int,
) -> tuple[list[Decision], list[Conclude]]:
    """Decide each edit of a submission after a read that began at the logical moment `read_at`.

    `unknown` are the attempts without a known outcome, oldest first; `now` is in seconds since the epoch.
    """
    concluded: list[Conclude] = []
    standing: list[Attempt] = []
    for attempt in unknown:
        if now < attempt.started_at + HOLD_SECONDS or read_at <= attempt.clock:
            standing.append(attempt)
        else:
            concluded.append(Conclude(attempt, _shows(attempt, server)))
    decisions = [_decide(edit, server, read_at, standing, concluded) for edit in edits]
    return decisions, concluded


def _shows(attempt: Attempt, server: Triage) -> bool:
    """Whether the server holds every triage value the attempt sent."""
    return all(
        same_value(name, server.value(name), attempt.body[name])
        for name in TRIAGE_FIELDS
        if name in attempt.body
    )


def _decide(
    edit: PendingEdit,
    server: Triage,
    read_at: int,
    standing: Sequence[Attempt],
    concluded: Sequence[Conclude],
) -> Decision:
    held = [attempt for attempt in standing if edit.field in attempt.body]
    if held:
        return Hold(edit, max(attempt.started_at for attempt in held) + HOLD_SECONDS)
    if read_at < edit.clock:
        return ReadAgain(edit)
    theirs = server.value(edit.field)
    if same_value(edit.field, theirs, edit.want):
        return Converge(edit)
    if edit.implicit:
        opened = edit.field == "status" and edit.want == "read" and theirs == "new"
        return Send(edit) if opened else Yield(edit)
    own = [item.attempt.body[edit.field] for item in concluded if edit.field in item.attempt.body]
    if any(same_value(edit.field, theirs, value) for value in (edit.base, *own)):
        return Send(edit)
    return _clash(edit, theirs)


def _clash(edit: PendingEdit, theirs: TriageValue) -> Decision:
    """The server holds what nobody here asked for.

    A flag has two values: when both sides moved it, they agree. An edit that went back to what was seen,
    after something else had been sent, is sent over nothing foreign: it has nothing to change.
    """
    if edit.state is EditState.CONFLICT and same_value(edit.field, edit.theirs, theirs):
        return Conflict(edit, theirs)
    moved = not same_value(edit.field, edit.base, edit.want)
    if edit.field == "assignee_id" and theirs is None and moved:
        return Send(edit)
    if edit.field == "notes":
        merged = merge_notes(edit.base, edit.want, theirs)
        if merged is not None:
            return Merge(edit, theirs, merged)
    return Conflict(edit, theirs)


def merge_notes(base: TriageValue, mine: TriageValue, theirs: TriageValue) -> str | None:
    """Merge two changes of a note line by line; None when they touch the same lines.

    Where both added lines in the same place, both are kept: theirs, then mine.
    """
    base_text, my_text, their_text = str(base or ""), str(mine or ""), str(theirs or "")
    if my_text in (base_text, their_text):
        return their_text
    if their_text == base_text:
        return my_text
    if _appends(base_text, my_text) and _appends(base_text, their_text):
        added = my_text[len(base_text) :]
        apart = added.startswith("\n") or their_text.endswith("\n")
        return their_text + ("" if apart else "\n") + added
    merge = Merge3(base_text.split("\n"), my_text.split("\n"), their_text.split("\n"))
    lines: list[str] = []
    for region in merge.merge_groups():
        if region[0] != "conflict":
            lines += region[1]
        elif region[1]:
            return None
        else:
            lines += [*region[3], *region[2]]
    return "\n".join(lines)


def _appends(base: str, text: str) -> bool:
    """Whether a text is the base with whole lines added below it."""
    return text.startswith(base) and (not base or base.endswith("\n") or text[len(base)] == "\n")


def patch_body(edits: Sequence[PendingEdit], server: Triage) -> dict[str, JSONValue]:
    """The fields to send, and the stamps that leaving `resolved` clears.

    docs/contracts/awardee.md section 2.4: reopening does not clear the stamps by itself.
    """
    body: dict[str, JSONValue] = {
        edit.field: (edit.want or None) if edit.field == "notes" else edit.want for edit in edits
    }
    if server.status == "resolved" and body.get("status", "resolved") != "resolved":
        body["resolved_at"] = None
        body["resolved_by"] = None
    return body
