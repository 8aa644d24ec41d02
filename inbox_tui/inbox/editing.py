"""Edits: from an action on some rows to a durable gesture, and what the person is told of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from cache.models import PRIORITIES, STATUSES, Detail, Key, Member, Row
from cache.outbox.outbox import EditResult, Undone
from inbox_tui import triage
from inbox_tui.inbox.drafts import Drafts
from inbox_tui.inbox.people import People, read_people
from inbox_tui.store_thread import StoreThread
from inbox_tui.subjects import subjects_of
from inbox_tui.triage import Action, NotAllowed, Subject
from inbox_tui.workspace import LocalCopy, Workspace

__all__ = ["TRIAGE_COMMANDS", "EditController", "EditHost"]

_UNDID: Final = "undid"

Build = Callable[[Sequence[Subject]], Action]


class EditHost(Protocol):
    """What an edit tells the screen."""

    def edit_saved(self, label: str) -> None:
        """A gesture is durable."""
        ...

    def nothing_changed(self, sentence: str) -> None:
        """There was nothing to do; `sentence` says how it is."""
        ...

    def was_read(self) -> None:
        """A submission became read by being opened."""
        ...

    def edit_refused(self, sentence: str) -> None:
        """A gesture was not made; nothing changed."""
        ...

    def saving(self, *, is_waiting: bool) -> None:
        """An edit is on its way to the disk, or no longer."""
        ...

    def went_back(self, label: str, keys: Sequence[int]) -> None:
        """A gesture was undone or done again on these rows."""
        ...

    def clashed(self, keys: Sequence[Key]) -> None:
        """Somebody changed these submissions since: the person has to rule."""
        ...


class EditController:
    """Queues edits on the store thread; the screen shows them when they are durable."""

    def __init__(self, store: StoreThread, workspace: Workspace, host: EditHost) -> None:
        self._store = store
        self._workspace = workspace
        self._host = host
        self._waiting = 0
        self.drafts = Drafts(store, workspace.data / "drafts")
        """Notes that were begun and not saved."""

    def run(
        self,
        rows: Sequence[Row],
        build: Build,
        *,
        shown: Detail | None = None,
        saved: Callable[[], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Do an action to rows. `shown` is the detail on screen: its values are what the person saw."""
        keys = [row.key for row in rows]
        if not keys:
            self._host.edit_refused("There is no submission here.")
            return
        self._begin()

        def edit(local: LocalCopy) -> tuple[EditResult, str] | str:
            try:
                action = build(subjects_of(self._workspace, local.reader, keys, shown))
            except NotAllowed as refusal:
                return str(refusal)
            return local.outbox.edit(action.label, action.edits, local.reader.server), action.already

        def then(result: tuple[EditResult, str] | str) -> None:
            self._end()
            if isinstance(result, str):
                (failed or self._host.edit_refused)(result)
                return
            if saved is not None:
                saved()
            done, already = result
            if done.steps:
                self._host.edit_saved(done.label)
            else:
                self._host.nothing_changed(already or "nothing to change")

        def otherwise(error: Exception) -> None:
            self._end()
            (failed or self._host.edit_refused)(str(error))

        self._store.submit(edit, then, otherwise=otherwise)

    def read(self, key: Key) -> None:
        """Make a new submission read because it was opened; nobody is told of it."""

        def edit(local: LocalCopy) -> bool:
            subjects = subjects_of(self._workspace, local.reader, [key])
            action = triage.mark_read(subjects, local.reader.context.me or {})
            if action.edits:
                local.outbox.edit(action.label, action.edits, local.reader.server)
            return bool(action.edits)

        self._store.submit(
            edit,
            lambda is_read: self._host.was_read() if is_read else None,
            otherwise=lambda error: self._host.edit_refused(str(error)),
        )

    def undo(self) -> None:
        """Take the last gesture back."""
        self._reverse(_UNDID, lambda local: local.outbox.undo(local.reader.server), "Nothing to undo.")

    def redo(self) -> None:
        """Do again what was undone last."""
        self._reverse("redid", lambda local: local.outbox.redo(local.reader.server), "Nothing to redo.")

    def set_me(self, member: Member, then: Callable[[], None]) -> None:
        """Remember who the person is at a source."""
        self._store.submit(
            lambda local: local.outbox.set_me(member.source, member.user_id),
            lambda _: then(),
            otherwise=lambda error: self._host.edit_refused(str(error)),
        )

    def people(self, then: Callable[[People], None]) -> None:
        """Find out who can be assigned and who is at the keyboard."""
        self._store.submit(lambda local: read_people(local.reader), then)

    def _reverse(self, verb: str, work: Callable[[LocalCopy], Undone | None], nothing: str) -> None:
        self._begin()

        def reverse(local: LocalCopy) -> tuple[Undone | None, list[int]]:
            undone = work(local)
            steps = (*undone.steps, *undone.conflicts) if undone is not None else ()
            keys = list(dict.fromkeys(step.key for step in steps))
            if verb == _UNDID:  # it began with the last row of the gesture
                keys.reverse()
            rowids = [rowid for key in keys if (rowid := local.reader.rowid(key)) is not None]
            return undone, rowids

        def then(result: tuple[Undone | None, list[int]]) -> None:
            self._end()
            undone, rowids = result
            if undone is None:
                self._host.edit_refused(nothing)
            elif undone.skipped and not undone.steps and not undone.conflicts:
                self._host.edit_refused(f"Left as it is: it was changed since ({undone.label}).")
            else:
                rest = f", {len(undone.skipped)} left as they are" if undone.skipped else ""
                if clashes := len(undone.conflicts):
                    rest += f", {clashes} changed by somebody since"
                self._host.went_back(f"{verb}: {undone.label}{rest}", rowids)
                if clashes:
                    self._host.clashed([step.key for step in undone.conflicts])

        def otherwise(error: Exception) -> None:
            self._end()
            self._host.edit_refused(str(error))

        self._store.submit(reverse, then, otherwise=otherwise)

    def _begin(self) -> None:
        self._waiting += 1
        self._host.saving(is_waiting=True)

    def _end(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._host.saving(is_waiting=False)


def _status(status: str) -> Build:
    return lambda subjects: triage.set_status(subjects, status)


def _priority(priority: str) -> Build:
    return lambda subjects: triage.set_priority(subjects, priority)


TRIAGE_COMMANDS: Final[Mapping[str, Build]] = {
    "triage.resolve": triage.resolve,
    "triage.reopen": triage.reopen,
    "triage.spam": triage.toggle_spam,
    "triage.flag": triage.toggle_flag,
    "triage.assign.nobody": triage.unassign,
    "triage.priority.up": lambda subjects: triage.change_priority(subjects, 1),
    "triage.priority.down": lambda subjects: triage.change_priority(subjects, -1),
    **{f"triage.status.{status}": _status(status) for status in STATUSES},
    **{f"triage.priority.{priority}": _priority(priority) for priority in PRIORITIES},
}
"""Actions that need nothing but the submissions."""
