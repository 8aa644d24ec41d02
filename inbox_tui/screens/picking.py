"""The screen behind the palette and the pickers: an input above the entries that fit it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cache.text import one_line
from inbox_tui.format import cell_cut
from inbox_tui.keynames import key_from_textual
from inbox_tui.matching import match_rank
from inbox_tui.screens.boxed import BoxScreen
from inbox_tui.signs import SignSet
from inbox_tui.widgets.line_input import LineInput

__all__ = ["PickEntry", "PickScreen", "ranked"]

T = TypeVar("T")

_WIDEST: Final = 84
_FRAME: Final = 4
"""Cells that border and padding take from the width of the box."""
_SCROLLBAR: Final = 1
_TEXT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class PickEntry(Generic[T]):
    """One thing that can be chosen. The texts may be foreign; they are cleaned when drawn."""

    value: T
    """What the screen returns."""
    title: str
    detail: str = ""
    hint: str = ""
    """Drawn at the right end: a key, a role."""
    is_off: bool = False
    """Whether it cannot be done now; `detail` says why."""


def ranked(entries: Sequence[PickEntry[T]], query: str) -> list[PickEntry[T]]:
    """Choose the entries that fit what was typed, the best first, equals in their given order."""
    found: list[tuple[int, PickEntry[T]]] = []
    for entry in entries:
        rank = match_rank(query, entry.title, f"{entry.detail} {entry.hint}")
        if rank is not None:
            found.append((rank, entry))
    found.sort(key=lambda pair: pair[0])
    return [entry for _, entry in found]


class _Entries(OptionList, can_focus=False, inherit_bindings=False):
    """The list below the input; the keys that move in it come from the screen."""

    BINDINGS: ClassVar[list[BindingType]] = []


class PickScreen(BoxScreen[T | None], Generic[T], inherit_bindings=False):
    """Narrows entries down by typing; Enter or a click returns one's value, Esc None."""

    DEFAULT_CSS = """
    PickScreen {
        align: center top;
        & _Entries {
            height: auto;
            border: none;
            padding: 0;
            background: transparent;
            scrollbar-size: 0 1;
            scrollbar-gutter: stable;
            scrollbar-background: $panel;
            scrollbar-color: $role-border;
            text-wrap: nowrap;
            & > .option-list--option { padding: 0; }
            & > .option-list--option-highlighted {
                color: $role-cursor-fg;
                background: $role-cursor-bg;
                text-style: none;
            }
        }
        & #pick-none { height: 1; color: $role-muted; display: none; }
        &.-none #pick-none { display: block; }
        &.-none _Entries { display: none; }
    }
    """

    def __init__(
        self, title: str, entries: Sequence[PickEntry[T]], signs: SignSet, *, placeholder: str = ""
    ) -> None:
        super().__init__(signs, takes_text=True)
        self._title = one_line(title, _TEXT_LIMIT)
        self._entries = tuple(entries)
        self._found: list[PickEntry[T]] = list(entries)
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Lay input and list out in a box."""
        with Container(id="pick-box", classes="box"):
            yield LineInput(placeholder=self._placeholder, id="pick-input")
            yield Static(Content("Nothing matches"), id="pick-none", markup=False)
            yield _Entries(markup=False, compact=True)

    def on_mount(self) -> None:
        """Take keys."""
        self.query_one("#pick-input", LineInput).focus()

    def fit(self) -> None:
        """Write the entries for the width there is."""
        self._fill(keep=True)

    def found(self, query: str) -> list[PickEntry[T]]:
        """Choose what to list for a query."""
        return ranked(self._entries, query)

    def _fill(self, *, keep: bool = False) -> None:
        width = self.width_of(_WIDEST)
        box, entries = self.query_one("#pick-box"), self.query_one(_Entries)
        box.styles.width = width
        box.styles.margin = (self.top, 0, 0, 0)
        box.border_title = Content(cell_cut(self._title, max(1, width - 6), self.signs.ellipsis))
        at = entries.highlighted if keep else 0
        self._found = self.found(self.query_one("#pick-input", LineInput).value)
        inner = width - _FRAME - _SCROLLBAR
        entries.set_options(Option(self._line(entry, inner)) for entry in self._found)
        entries.styles.max_height = max(1, min(self.room.height - 2 * self.top - 3, 20))
        entries.highlighted = min(at or 0, len(self._found) - 1) if self._found else None
        self.set_class(not self._found, "-none")

    def _line(self, entry: PickEntry[T], width: int) -> Content:
        """Write an entry on one line: title, detail as far as there is room, hint at the right."""
        ellipsis = self.signs.ellipsis
        hint = one_line(entry.hint, _TEXT_LIMIT)
        if cell_len(hint) + 2 > width // 2:
            hint = cell_cut(hint, max(0, width // 2 - 2), ellipsis)
        room = width - (cell_len(hint) + 2 if hint else 0)
        name = one_line(entry.title, _TEXT_LIMIT).strip() or "(no name)"
        title = cell_cut(f"({name})" if entry.is_off else name, room, ellipsis)
        left = room - cell_len(title) - 2
        detail = cell_cut(one_line(entry.detail, _TEXT_LIMIT), left, ellipsis) if left >= 4 else ""
        gap = "  " if detail else ""
        fill = " " * (width - cell_len(title) - cell_len(gap) - cell_len(detail) - cell_len(hint))
        if entry.is_off:
            return Content.styled(title + gap + detail + fill + hint, "$role-muted")
        return Content.assemble((title, "bold"), gap + detail + fill + hint)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list down to what fits."""
        event.stop()
        if self.is_open:
            self._fill()

    def on_line_input_accepted(self, event: LineInput.Accepted) -> None:
        """Return the highlighted entry; with none there is nothing to return."""
        event.stop()
        at = self.query_one(_Entries).highlighted
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at].value)

    def on_line_input_cancelled(self, event: LineInput.Cancelled) -> None:
        """Leave without a choice."""
        event.stop()
        self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the entry that was clicked."""
        event.stop()
        self.dismiss(self._found[event.option_index].value)

    def on_key(self, event: events.Key) -> None:
        """Move in the list; every other key passes."""
        page = max(1, self.query_one(_Entries).size.height - 1)
        match key_from_textual(event.key, event.character):
            case "down" | "ctrl+n" | "tab":
                self._move(1)
            case "up" | "ctrl+p" | "shift+tab":
                self._move(-1)
            case "pagedown":
                self._move(page)
            case "pageup":
                self._move(-page)
            case _:
                return
        event.stop()
        event.prevent_default()

    def _move(self, rows: int) -> None:
        """Move the highlight, stopping at both ends."""
        entries = self.query_one(_Entries)
        if self._found:
            entries.highlighted = max(0, min((entries.highlighted or 0) + rows, len(self._found) - 1))
