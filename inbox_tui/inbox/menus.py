"""The palette and the `?` screen, with what they say of the submission and the sources at hand."""

from typing import TYPE_CHECKING

from cache.sync.status import SourceStatus
from inbox_tui.inbox.abilities import KEPT_HERE, abilities
from inbox_tui.inbox.connection import source_sentence

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["open_help", "open_palette"]


def open_palette(screen: "InboxScreen") -> None:
    """Offer every command; those that cannot be done to the submission under the cursor say why."""
    from inbox_tui.commands import COMMANDS
    from inbox_tui.inbox.deleting import DELETE, Deleting
    from inbox_tui.inbox.history import HISTORY, HISTORY_ENTRY, History
    from inbox_tui.screens.palette import PaletteScreen

    def chosen(command_id: str | None) -> None:
        if command_id is None:
            return
        if command_id.startswith("theme:"):
            screen.app.choose_theme(command_id.removeprefix("theme:"))
        elif saved.runs(command_id):
            return
        elif command_id == HISTORY:
            History(screen).open()
        elif command_id == DELETE:
            Deleting(screen).open()
        else:
            screen.run_command(command_id)

    saved = screen.actions.finding.saved_views
    able = abilities(screen)
    refused = {entry.id: why.sentence for entry in COMMANDS if (why := able.refusal(entry.id)) is not None}
    remarks = {entry.id: KEPT_HERE for entry in COMMANDS if able.is_kept_here(entry.id)}
    extra = (HISTORY_ENTRY, Deleting(screen).entry(), *saved.entries(), *screen.app.theme_entries())
    palette = PaletteScreen(
        screen.app.keymap, screen.app.signs, extra=extra, refused=refused, remarks=remarks
    )
    screen.app.push_screen(palette, chosen)


def open_help(screen: "InboxScreen") -> None:
    """Show the keys that work here, and below them how each source stands."""
    from inbox_tui.screens.help import HelpScreen

    def chosen(command_id: str | None) -> None:
        if command_id is not None:
            screen.run_command(command_id)

    told = {
        name: source_sentence(screen.statuses.get(name, SourceStatus(name)), screen.source_notes.of(name))
        for name in screen.app.workspace.source_names
    }
    screen.app.push_screen(
        HelpScreen(screen.app.keymap, screen.context, screen.app.signs, sources=told), chosen
    )
