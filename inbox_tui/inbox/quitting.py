"""Leaving the inbox: edits that can still go out are sent first, and what stays behind is named."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from textual.message import Message

from inbox_tui.workspace import LocalCopy

if TYPE_CHECKING:
    from textual.timer import Timer

    from inbox_tui.app import InboxApp

__all__ = ["Flushed", "Quitting"]

_FLUSH_SECONDS: Final = 3.0
_ON_THEIR_WAY: Final = ("queued", "sending", "verifying")
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "queued": ("waits to be sent", "wait to be sent"),
    "sending": ("is being sent", "are being sent"),
    "verifying": ("is being verified: its answer was lost", "are being verified: their answers were lost"),
    "conflict": ("is in conflict with a colleague's", "are in conflict with a colleague's"),
    "rejected": ("was rejected by the server", "were rejected by the server"),
    "orphaned": (
        "belongs to a submission the server no longer has",
        "belong to submissions the server no longer has",
    ),
}


class Flushed(Message):
    """Every edit was tried once before quitting."""


class Quitting:
    """Quits, with a question only when something would stay unsent."""

    def __init__(self, app: "InboxApp") -> None:
        self._app = app
        self._is_going_on = False
        self._patience: Timer | None = None

    def start(self) -> None:
        """Quit, or ask; a second time while edits are being sent quits at once."""
        if self._is_going_on:
            self._app.exit()
            return
        self._is_going_on = True
        # Asked of the store thread, behind the edits that were made just now.
        self._app.store.submit(_states, self._counted, otherwise=lambda _: self._app.exit())

    def flushed(self) -> None:
        """Everything was tried: quit if nothing is left, else say what is."""
        if self._is_going_on:
            self._app.store.submit(_states, self._ask_unless_empty, otherwise=lambda _: self._app.exit())

    def _counted(self, states: Mapping[str, int]) -> None:
        app = self._app
        waiting = sum(states.get(state, 0) for state in _ON_THEIR_WAY)
        future = app.engine.flush() if waiting and app.inbox.is_online else None
        if future is None:
            self._ask_unless_empty(states)
            return
        what = "an edit" if waiting == 1 else f"{waiting} edits"
        app.inbox.say(f"sending {what} before quitting; q again quits now")
        future.add_done_callback(lambda _: app.tell(Flushed()))
        self._patience = app.set_timer(_FLUSH_SECONDS, self.flushed)

    def _ask_unless_empty(self, states: Mapping[str, int]) -> None:
        if not self._is_going_on:
            return
        self._is_going_on = False
        if self._patience is not None:
            self._patience.stop()
            self._patience = None
        facts = [_fact(states[state], words) for state, words in _WORDS.items() if states.get(state)]
        if not facts:
            self._app.exit()
            return

        def answered(quits: bool | None) -> None:
            if quits:
                self._app.exit()

        from inbox_tui.screens.quit_screen import QuitScreen

        self._app.push_screen(QuitScreen(facts, self._app.signs), answered)


def _fact(count: int, words: tuple[str, str]) -> str:
    return f"1 edit {words[0]}" if count == 1 else f"{count} edits {words[1]}"


def _states(local: LocalCopy) -> Mapping[str, int]:
    """What the person did and was not sent; that something was read goes out some other time."""
    return Counter(edit.state.value for edit in local.outbox.pending() if not edit.implicit)
