"""The `?` screen: the keys that work where the person is."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cache.text import one_line
from inbox_tui.commands import Context
from inbox_tui.format import cell_pad
from inbox_tui.keymap import HelpRow, HelpSection, Keymap, help_sections
from inbox_tui.keynames import key_from_textual
from inbox_tui.resolver import Resolver, Run
from inbox_tui.screens.boxed import BoxScreen, BoxScroll
from inbox_tui.signs import SignSet

__all__ = ["HelpScreen", "help_lines"]

_WIDEST: Final = 92
_FRAME: Final = 5
"""Cells that border, padding and scrollbar take from the width of the box."""
_NAME_LIMIT: Final = 22
_CLOSING: Final = frozenset({"app.help", "app.back", "app.escape"})
_PASSED_ON: Final = frozenset({"app.quit", "app.palette", "app.sync"})


def help_lines(sections: Sequence[HelpSection], width: int) -> list[Content]:
    """Write the sections for a width: keys at the left, help beside them, wrapped between words.

    Where keys and help have no room beside each other, the help goes below its keys.
    """
    rows = [row for section in sections for row in section.rows]
    keys_cells = max((cell_len(", ".join(row.keys)) for row in rows), default=0)
    keys_cells = min(keys_cells, 24, max(8, width // 3))
    lines: list[Content] = []
    for section in sections:
        if lines:
            lines.append(Content(""))
        lines.append(Content.styled(section.title, "bold $role-accent"))
        for row in section.rows:
            keys = ", ".join(row.keys)
            indent = " " * (keys_cells + 2)
            helped = textwrap.wrap(row.help, max(8, width - len(indent))) or [""]
            if cell_len(keys) > keys_cells:
                wrapped = textwrap.wrap(keys, max(8, width), break_long_words=False)
                lines += [Content.styled(part, "$role-key") for part in wrapped]
            else:
                first = helped.pop(0)
                lines.append(Content.assemble((cell_pad(keys, keys_cells) + "  ", "$role-key"), first))
            lines += [Content(indent + part) for part in helped]
    return lines


class HelpScreen(BoxScreen[str | None], inherit_bindings=False):
    """Lists the keys of a context; returns None, or the id of a command that was asked for meanwhile.

    It obeys the person's own keys for moving and closing. The ids it returns are those of quit, palette
    and sync, for the caller to run.
    """

    def __init__(
        self, keymap: Keymap, context: Context, signs: SignSet, *, sources: Mapping[str, str] | None = None
    ) -> None:
        """`context` is where the person was when they asked; `sources` says how each source stands."""
        super().__init__(signs)
        rows = [HelpRow((one_line(name, _NAME_LIMIT),), said, "") for name, said in (sources or {}).items()]
        about = (HelpSection("Sources", tuple(rows)),) if rows else ()
        self._sections = (*help_sections(keymap, context), *about)
        self._resolver = Resolver(keymap)
        self._place = context

    def compose(self) -> ComposeResult:
        """Put the text into a scrolling box."""
        with BoxScroll(classes="box") as box:
            box.border_title = Content(f"Keys in the {self._place.value}")
            box.border_subtitle = Content("q or Esc closes")
            yield Static("", id="help-text", markup=False)

    def fit(self) -> None:
        """Write the text for the width there is."""
        width = self.width_of(_WIDEST)
        box = self.query_one(BoxScroll)
        box.styles.width = width
        box.styles.max_height = self.room.height - self.top
        lines = help_lines(self._sections, width - _FRAME)
        self.query_one("#help-text", Static).update(Content("\n").join(lines))

    def on_key(self, event: events.Key) -> None:
        """Scroll, close, or hand a command of the whole program back."""
        event.stop()
        event.prevent_default()
        outcome = self._resolver.feed(key_from_textual(event.key, event.character), Context.POPUP)
        if not isinstance(outcome, Run):
            return
        if outcome.command_id in _CLOSING:
            self.dismiss(None)
        elif outcome.command_id in _PASSED_ON:
            self.dismiss(outcome.command_id)
        else:
            self._scroll(outcome.command_id, outcome.count or 1)

    def _scroll(self, command_id: str, count: int) -> None:
        box = self.query_one(BoxScroll)
        page = max(1, box.scrollable_content_region.height - 1)
        steps = {
            "move.down": count,
            "move.up": -count,
            "move.half_down": count * max(1, page // 2),
            "move.half_up": -count * max(1, page // 2),
            "move.page_down": count * page,
            "move.page_up": -count * page,
        }
        if command_id == "move.top":
            box.scroll_home(animate=False)
        elif command_id == "move.bottom":
            box.scroll_end(animate=False)
        elif step := steps.get(command_id):
            box.scroll_to(y=box.scroll_offset.y + step, animate=False)
