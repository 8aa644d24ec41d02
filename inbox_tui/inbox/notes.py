"""Notes: a stamped line in a small box, or the whole note in the person's own editor."""

from typing import TYPE_CHECKING

from cache.models import Key, Row
from inbox_tui import triage
from inbox_tui.inbox.drafts import Drafts
from inbox_tui.inbox.editor import EditorFailed, let_edit
from inbox_tui.inbox.people import People

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen
    from inbox_tui.screens.note_editor import NoteEditor

__all__ = ["Notes"]


class Notes:
    """What `i` and `I` do. A text that could not be saved is never lost."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._target: tuple[Row, str | None] | None = None

    def append(self) -> None:
        """Ask for a line and add it to the note with the time and the person's name."""
        row = self._screen.row
        if row is not None:
            self._drafts.read(lambda: self._screen.people(lambda people: self._ask(people, row)))

    @property
    def _drafts(self) -> Drafts:
        return self._screen.editing.drafts

    def _ask(self, people: People, row: Row) -> None:
        screen = self._screen
        self._refresh_soon(row.key)
        drafts = self._drafts
        from inbox_tui.screens.note_editor import NoteEditor

        def typed(text: str) -> None:
            drafts.keep("line", row.key, text, failed=editor.warn)

        before = drafts.get("line", row.key) or ""
        editor = NoteEditor(f"Note on {row.ref}", screen.app.signs, text=before, typed=typed)
        author = people.my_name(row.key.source)

        def closed(text: str | None) -> None:
            if text:
                self._keep(row, text)
            elif text == "":
                drafts.drop("line", row.key)

        self._target = (row, author)
        screen.app.push_screen(editor, closed)

    def _keep(self, row: Row, text: str) -> None:
        screen = self._screen

        def failed(sentence: str) -> None:
            screen.say(f"The note on {row.ref} is kept only until the program ends: {sentence}", "error")

        self._drafts.keep(
            "line",
            row.key,
            text,
            then=lambda: screen.say(f"The note on {row.ref} is kept as a draft: i goes on with it"),
            failed=failed,
        )

    def save(self, event: "NoteEditor.Submitted") -> None:
        """Save what was typed; the box closes only when it is durable."""
        screen = self._screen
        if self._target is None or not event.text.strip():
            event.editor.saved()
            return
        row, author = self._target
        text = triage.stamped(event.text.strip(), now=screen.app.clock(), author=author)

        def saved() -> None:
            self._drafts.drop("line", row.key)
            if event.editor.is_active:
                event.editor.saved()

        def failed(sentence: str) -> None:
            if event.editor.is_active:
                event.editor.show_error(sentence.removeprefix("NOT SAVED: "))
            else:  # left with Esc in the meantime: the draft is kept
                screen.edits.edit_refused(sentence)

        screen.editing.run(
            [row],
            lambda subjects: triage.append_note(subjects, text),
            shown=screen.reading.detail,
            saved=saved,
            failed=failed,
        )
        screen.listing.hold(row.rowid)

    def edit(self) -> None:
        """Edit the whole note in `$VISUAL` or `$EDITOR`."""
        self._drafts.read(self._edit)

    def _edit(self) -> None:
        screen, row, detail = self._screen, self._screen.row, self._screen.reading.detail
        if row is None or detail is None or detail.submission.key != row.key:
            screen.say("The submission is still being read: try again", "warning")
            return
        self._refresh_soon(row.key)
        before = self._drafts.get("whole", row.key) or detail.seen.notes or ""
        try:
            text = let_edit(screen.app, before)
        except EditorFailed as failure:
            screen.say(str(failure), "warning")
            return
        if text == (detail.seen.notes or ""):
            self._drafts.drop("whole", row.key)
            screen.say("The note is as it was")
            return

        def failed(sentence: str) -> None:
            screen.edits.edit_refused(f"{sentence.rstrip('.')}: I goes on with your text")

        self._drafts.keep("whole", row.key, text)  # until the edit behind it is durable
        screen.editing.run(
            [row],
            lambda subjects: triage.replace_note(subjects, text),
            shown=detail,
            saved=lambda: self._drafts.drop("whole", row.key),
            failed=failed,
        )
        screen.listing.hold(row.rowid)

    def _refresh_soon(self, key: Key) -> None:
        """A note is edited on what the server holds now, as far as it can be reached."""
        self._screen.app.engine.read(key, always=True)
