"""The palette: every command with its key, found by typing."""

from collections.abc import Mapping, Sequence

from inbox_tui.commands import COMMANDS
from inbox_tui.keymap import Keymap
from inbox_tui.screens.picking import PickEntry, PickScreen
from inbox_tui.signs import SignSet

__all__ = ["PaletteScreen", "command_entries"]


def command_entries(
    keymap: Keymap, refused: Mapping[str, str] | None = None, remarks: Mapping[str, str] | None = None
) -> tuple[PickEntry[str], ...]:
    """List the commands the palette offers, each with the keys it has now.

    By command, `refused` says why it cannot be done now, and `remarks` what is to be known of it.
    """
    entries = []
    for command in COMMANDS:
        if not command.palette:
            continue
        title = f"{command.family}: {command.title}" if command.family else command.title
        keys = ", ".join(keymap.keys_of(command.id))
        why, remark = (refused or {}).get(command.id), (remarks or {}).get(command.id)
        detail = why or (f"{command.help}; {remark}" if remark else command.help)
        entries.append(
            PickEntry(command.id, title[:1].upper() + title[1:], detail, keys, is_off=why is not None)
        )
    return tuple(entries)


class PaletteScreen(PickScreen[str]):
    """Offers every command of the table and what the caller adds; returns the id of the chosen one."""

    def __init__(
        self,
        keymap: Keymap,
        signs: SignSet,
        *,
        extra: Sequence[PickEntry[str]] = (),
        refused: Mapping[str, str] | None = None,
        remarks: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            "Commands",
            (*command_entries(keymap, refused, remarks), *extra),
            signs,
            placeholder="Type a part of a name, Enter runs it",
        )
