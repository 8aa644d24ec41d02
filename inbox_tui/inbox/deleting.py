"""Deleting a submission at its source: by the palette alone, after its name was typed, and never offline."""

from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from cache.models import Row
from cache.sync.remote import RemoteError
from cache.sync.status import Connection, SourceStatus
from inbox_tui import providers
from inbox_tui.drawing.told import system_name
from inbox_tui.messages import Answered
from inbox_tui.screens.picking import PickEntry

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["DELETE", "Deleting"]

DELETE: Final = "delete"

_NO_CONNECTION: Final = {
    Connection.STARTING: "it is not connected yet",
    Connection.OFFLINE: "it cannot be reached",
    Connection.RETRY: "it does not answer as it should",
    Connection.RATE: "it has asked to wait",
    Connection.AUTH: "the key is missing or was refused",
    Connection.STOPPED: "the connection has stopped",
}


class Deleting:
    """Asks, has the submission under the cursor deleted, and says what became of it."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen

    def entry(self) -> PickEntry[str]:
        """The line of the palette; dimmed, with the reason, where nothing can be deleted."""
        row = self._screen.row
        place = row.key.source if row is not None else "its source"
        reason = self._reason(row)
        detail = reason or "For good, after its number or id was typed"
        return PickEntry(DELETE, f"Delete at {place} ...", detail, is_off=reason is not None)

    def open(self) -> None:
        """Ask whether the submission under the cursor is to be deleted."""
        screen, row = self._screen, self._screen.row
        reason = self._reason(row)
        if row is None or reason is not None:
            screen.say(reason or "There is no submission under the cursor", "warning")
            return

        def answered(deletes: bool | None) -> None:
            if deletes:
                self._delete(row)

        from inbox_tui.screens.delete_screen import DeleteScreen

        screen.app.push_screen(DeleteScreen(row.ref, row.who, row.key.source, screen.app.signs), answered)

    def _reason(self, row: Row | None) -> str | None:
        """Why the submission cannot be deleted now, None when it can."""
        if row is None:
            return "There is no submission under the cursor"
        source = row.key.source
        provider = self._screen.app.workspace.config.sources[source].provider
        if not providers.deletes(provider):
            return f"Nothing can be deleted at {source}: {system_name(provider)} offers no way to"
        if row.gone:
            return f"{row.ref} is gone at {source} already"
        status = self._screen.app.engine.status_of(source) or SourceStatus(source)
        if status.connection is Connection.FOLLOWING:
            who = status.message or "another process"
            return f"Nothing can be deleted here: {who} does the network work; delete it there"
        if (state := _NO_CONNECTION.get(status.connection)) is not None:
            return f"Nothing can be deleted at {source} now: {state}"
        return None

    def _delete(self, row: Row) -> None:
        screen = self._screen
        detail = screen.reading.detail
        known = detail is not None and detail.submission.key == row.key
        container = detail.submission.container_id if detail is not None and known else None
        future = screen.app.engine.delete(row.key, container)
        if future is None:
            screen.say("Nothing was deleted: the connection has stopped", "error")
            return
        screen.say(f"deleting {row.ref} at {row.key.source}")

        def ended(done: "Future[None]") -> None:
            screen.app.tell(Answered(lambda failure: self._told(row, failure), _failure(done)))

        future.add_done_callback(ended)

    def _told(self, row: Row, failure: str | None) -> None:
        if failure is None:
            self._screen.say(f"deleted {row.ref} at {row.key.source}")
        else:
            self._screen.say(f"{row.ref}: {failure}", "error")


def _failure(done: "Future[None]") -> str | None:
    """Why it was not deleted, None when it was."""
    if done.cancelled():
        return "The connection ended; perhaps it was deleted"
    error = done.exception()
    if error is None:
        return None
    return str(error) if isinstance(error, RemoteError) else f"It failed ({type(error).__name__})"
