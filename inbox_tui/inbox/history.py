"""What was changed on a submission, line by line: any old value can be wanted again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cache.models import Row, TriageField, TriageValue
from cache.outbox.gestures import HistoryEntry, HistoryKind
from cache.outbox.registers import same_value
from inbox_tui import triage
from inbox_tui.format import short_time
from inbox_tui.screens.picking import PickEntry, PickScreen
from inbox_tui.triage import FIELD_NAMES, value_words
from inbox_tui.workspace import LocalCopy

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["HISTORY", "HISTORY_ENTRY", "History"]

HISTORY: Final = "history"
HISTORY_ENTRY: Final = PickEntry(
    HISTORY, "History: restore an old value", "What fields of this submission were before"
)

_MOST: Final = 500
_KINDS: Final[Mapping[HistoryKind, str]] = {
    "edit": "edited",
    "undo": "undone",
    "redo": "redone",
    "merge": "merged",
    "discard": "discarded",
    "lost": "lost in a conflict",
    "implicit": "opened",
}


class History:
    """Offers what the fields of a submission were before, and restores what is chosen."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen

    def open(self) -> None:
        """List the old values of the submission under the cursor, the newest first."""
        row = self._screen.row
        if row is None:
            self._screen.say("There is no submission under the cursor", "warning")
            return

        def read(local: LocalCopy) -> list[HistoryEntry]:
            seen = local.reader.seen(row.key)
            return [
                entry
                for entry in local.outbox.history(row.key, limit=_MOST)
                if seen is None or not same_value(entry.field, entry.before, seen.value(entry.field))
            ]

        self._screen.app.store.submit(
            read,
            lambda entries: self._offer(row, entries),
            otherwise=self._screen.bottom.say_failed,
        )

    def _offer(self, row: Row, entries: list[HistoryEntry]) -> None:
        screen = self._screen
        if not entries:
            screen.say(f"{row.ref} has no value but those it has now")
            return

        def chosen(entry: HistoryEntry | None) -> None:
            if entry is not None:
                screen.editing.run(
                    [row], lambda subjects: triage.restore(subjects, entry.field, entry.before)
                )
                screen.listing.hold(row.rowid)

        title = f"Restore a value of {row.ref}"
        screen.app.push_screen(
            PickScreen(title, [self._line(entry) for entry in entries], screen.app.signs), chosen
        )

    def _line(self, entry: HistoryEntry) -> PickEntry[HistoryEntry]:
        screen = self._screen
        at = short_time(entry.at, screen.app.clock(), screen.zone)
        before, after = (self._shown(entry.field, value) for value in (entry.before, entry.after))
        title = f"{FIELD_NAMES[entry.field]}: {before}"
        return PickEntry(entry, title, f"became {after}, {at}", _KINDS[entry.kind])

    def _shown(self, field: TriageField, value: TriageValue) -> str:
        members = self._screen.facts.people.members

        def person(user_id: str) -> str | None:
            return next((one.name for one in members if one.user_id == user_id), None)

        words = value_words(field, value, person)
        return words.replace("_", " ") if field == "status" else words
