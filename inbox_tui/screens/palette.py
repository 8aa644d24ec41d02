"""The palette: every command with its key, found by typing."""

from collections.abc import Sequence

from inbox_tui.commands import COMMANDS
from inbox_tui.keymap import Keymap
from inbox_tui.screens.picking import PickEntry, PickScreen
from inbox_tui.signs import SignSet

__all__ = ["PaletteScreen", "command_entries"]


def command_entries(keymap: Keymap) -> tuple[PickEntry[str], ...]:
    """List the commands the palette offers, each with the keys it has now."""
    entries = []
    for command in COMMANDS:
        if not command.palette:
            continue
        title = f"{command.family}: {command.title}" if command.family else command.title
        keys = ", ".join(keymap.keys_of(command.id))
        entries.append(PickEntry(command.id, title[:1].upper() + title[1:], command.help, keys))
    return tuple(entries)


class PaletteScreen(PickScreen[str]):
    """Offers every command of the table and what the caller adds; returns the id of the chosen one."""

    def __init__(self, keymap: Keymap, signs: SignSet, *, extra: Sequence[PickEntry[str]] = ()) -> None:
        super().__init__(
            "Commands",
            (*command_entries(keymap), *extra),
            signs,
            placeholder="Type a part of a name, Enter runs it",
        )
