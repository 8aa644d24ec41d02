"""What the outcome of an edit changes on the screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cache.models import Key

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["EditNews"]


class EditNews:
    """Tells the person what became of an edit, and has it sent."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen

    def edit_saved(self, label: str) -> None:
        """A gesture is durable: show it, and have it sent."""
        screen = self._screen
        screen.bottom.did(f"{label}, u undoes")
        screen.app.engine.wake()
        screen.take_news(None, awaited=True)

    def nothing_changed(self, sentence: str) -> None:
        """Everything is as it was wanted."""
        self._screen.say(sentence)
        self._screen.take_news(None, awaited=True)

    def was_read(self) -> None:
        """A submission became read by being opened: shown, and no more said of it."""
        self._screen.app.engine.wake()
        self._screen.take_news(None, awaited=True)

    def edit_refused(self, sentence: str) -> None:
        """A gesture was not made."""
        self._screen.say(sentence, "error")
        self._screen.take_news(None, awaited=True)

    def went_back(self, label: str, keys: Sequence[int]) -> None:
        """A gesture was undone: the cursor goes back to where it happened."""
        screen = self._screen
        screen.bottom.did(label)
        screen.app.engine.wake()
        screen.facts_reader.changed()
        screen.reading.changed(None)
        if keys:
            screen.listing.go_to(keys[0])
        else:
            screen.listing.changed(None)

    def clashed(self, keys: Sequence[Key]) -> None:
        """Going back would replace what a colleague did since: the person rules on it."""
        self._screen.actions.conflicts.open(keys[0])

    def saving(self, *, is_waiting: bool) -> None:
        """An edit is on its way to the disk, or no longer."""
        self._screen.bottom.saving(is_waiting=is_waiting)
