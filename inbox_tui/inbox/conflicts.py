"""What waits for the person's word: told once when it comes up, and shown on the conflict card."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cache.models import Key
from inbox_tui.conflicts import CardEntry, Identity, Ruling, read_entries, rule
from inbox_tui.drawing.context import Setting
from inbox_tui.inbox.facts import Facts
from inbox_tui.inbox.words import merged_sentence, waiting_sentence

if TYPE_CHECKING:
    from inbox_tui.screens.conflict_card import ConflictCard
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["Conflicts"]


class Conflicts:
    """Opens the card, carries out what is said on it, and announces what is new."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._card: ConflictCard | None = None
        self._told: frozenset[Identity] = frozenset()
        self._start: Key | None = None
        """The submission the card begins with, until it has begun."""
        self._texts: dict[object, str] = {}
        """What the editor left while clashing lines still stood in it, by entry."""

    # Announcing

    def facts_taken(self, facts: Facts) -> None:
        """Say what came up since the last time, and what was merged."""
        waiting = frozenset(facts.waiting)
        new, self._told = waiting - self._told, waiting
        if facts.merges:
            self._screen.say(merged_sentence(facts.merges))
        if new and self._card is None:
            keys = {one[1] for one in new}
            self._screen.app.store.submit(
                lambda local: read_entries(local, only=keys), lambda entries: self._announce(new, entries)
            )

    def _announce(self, new: frozenset[Identity], entries: Sequence[CardEntry]) -> None:
        fresh = [entry for entry in entries if entry.identity in new]
        if fresh and self._card is None:
            key = next(iter(self._screen.app.keymap.keys_of("conflict.open")), "")
            self._screen.say(waiting_sentence(fresh, key, self._setting(80)), "warning")

    # The card

    def open(self, start: Key | None = None) -> None:
        """Show the card, beginning with the given submission or the one under the cursor."""
        from inbox_tui.screens.conflict_card import ConflictCard

        screen = self._screen
        if self._card is not None:
            return
        row = screen.row
        self._start = start or (row.key if row is not None else None)
        self._card = ConflictCard(self, screen.app.keymap, screen.app.signs, self._setting)
        screen.app.push_screen(self._card, lambda _: self._closed())
        self._read()

    def changed(self) -> None:
        """Something is not what it was: read again what the card shows."""
        if self._card is not None:
            self._read()

    def _read(self) -> None:
        def show(entries: tuple[CardEntry, ...]) -> None:
            card = self._card
            if card is None:
                return
            if not entries:
                card.dismiss(None)
                if card.entry is None:
                    self._screen.say("Nothing waits for your word: no conflict, no refused edit")
                return
            at = next((at for at, entry in enumerate(entries) if entry.key == self._start), 0)
            card.show(entries, at)

        self._screen.app.store.submit(read_entries, show, slot="card", otherwise=self._failed)

    def _failed(self, error: Exception) -> None:
        if self._card is not None:
            self._card.say(str(error))
        else:
            self._screen.say(str(error), "error")

    def _closed(self) -> None:
        self._card = None

    def _setting(self, width: int) -> Setting:
        screen = self._screen
        people = screen.facts.people
        return Setting(
            width,
            screen.app.clock(),
            tz=screen.zone,
            signs=screen.app.signs,
            me=frozenset(people.me.values()),
            names={member.user_id: member.name for member in people.members},
        )

    # What the card asks for

    def rule(self, rulings: Sequence[Ruling]) -> None:
        """Carry out what the person said."""
        screen = self._screen

        def done(changed: tuple[Ruling, ...]) -> None:
            settled = len(rulings) - len(changed)
            what = "1 edit" if settled == 1 else f"{settled} edits"
            if settled:
                is_gesture = any(one.choice == "restore" for one in rulings)
                screen.bottom.did(f"settled {what}" + (", u undoes" if is_gesture else ""))
            for ruling in rulings:
                self._texts.pop(ruling.entry.identity, None)
            if changed and self._card is not None:
                self._card.say("It changed once more meanwhile: look again before you send.")
            screen.app.engine.wake()
            screen.take_news(None, awaited=True)

        screen.app.store.submit(lambda local: rule(local, rulings), done, otherwise=self._failed)

    def put_together(self, entry: CardEntry) -> None:
        """Let the person make one text of both in their editor."""
        from cache.outbox.notes import has_markers, marked_up
        from inbox_tui.inbox.editor import EditorFailed, let_edit

        app, card = self._screen.app, self._card
        before = self._texts.get(entry.identity) or marked_up(entry.base, entry.mine, entry.theirs)
        try:
            text = let_edit(app, before)
        except EditorFailed as failure:
            self._failed(failure)
            return
        if card is not None:
            self._texts[entry.identity] = text
            if has_markers(text):
                card.say("Lines with <<<<<<< or >>>>>>> are still in it: e goes on with your text.")
            else:
                card.choose(entry, "text", text)

    def copy_value(self, entry: CardEntry) -> None:
        """Copy what the person wanted."""
        from inbox_tui.drawing.card import value_text

        is_text = entry.field == "notes" and isinstance(entry.mine, str)
        text = str(entry.mine) if is_text else value_text(entry, entry.mine, self._setting(80))
        self._screen.app.copy_text(text, "value")
        if self._card is not None:
            self._card.say("Your value is copied.")

    def shown(self, entry: CardEntry) -> None:
        """Ask for the timeline that tells who changed it and when."""
        if entry.kind == "conflict" and (not entry.has_timeline or entry.by is None):
            self._screen.app.engine.read_events(entry.key)

    def pass_on(self, command_id: str) -> None:
        """Run a command of the whole program over the card."""
        from inbox_tui.commands import Context

        screen = self._screen
        if command_id == "app.help":
            from inbox_tui.screens.help import HelpScreen

            screen.app.push_screen(HelpScreen(screen.app.keymap, Context.CARD, screen.app.signs))
        else:
            screen.run_command(command_id)
