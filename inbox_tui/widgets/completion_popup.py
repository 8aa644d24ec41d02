"""The list under the filter bar of what can be put in at its cursor."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from cache.query.complete import Choice
from cache.text import one_line
from inbox_tui.format import cell_cut, cell_pad, thousands
from inbox_tui.signs import PLAIN, SignSet

__all__ = ["CompletionPopup"]

_MOST_ROWS: Final = 10
_WIDEST: Final = 64
_FRAME: Final = 4
"""Cells that border and padding take from the width."""
_GAP: Final = 2
_LEAST: Final = 12
"""Cells of the narrowest text."""
_TEXT_LIMIT: Final = 200


class CompletionPopup(Widget, can_focus=False, inherit_bindings=False):
    """Shows choices with one of them chosen; the screen moves it and takes the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    CompletionPopup {
        layer: popup;
        position: absolute;
        width: auto;
        height: auto;
        padding: 0 1;
        border: round $role-border-focus;
        background: $panel;
        color: $role-text;
        border-subtitle-color: $role-muted;
        display: none;
        &.-plain { border: ascii $role-border-focus; }
    }
    """

    def __init__(self, signs: SignSet, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._at = 0
        self._first = 0
        self._place = (0, 0)
        self.use_signs(signs)

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._ellipsis = signs.ellipsis
        self.set_class(signs is PLAIN, "-plain")
        self.refresh()

    @property
    def chosen(self) -> Choice | None:
        """The choice that is marked."""
        return self._choices[self._at] if self._choices else None

    def show(self, choices: Sequence[Choice], column: int, row: int) -> None:
        """List choices below a place of the screen, the first one chosen unless the chosen one is there."""
        before = self.chosen
        self._choices = tuple(choices)
        self._at = next((at for at, one in enumerate(choices) if before and one.text == before.text), 0)
        self._first = 0
        self._place = (column, row)
        self.display = bool(self._choices)
        self._fit()

    def hide(self) -> None:
        """Take the list away."""
        self._choices, self._at = (), 0
        self.display = False

    def move(self, steps: int) -> None:
        """Choose another one, past the last the first again."""
        self._at = (self._at + steps) % max(1, len(self._choices))
        self._fit()

    def on_mount(self) -> None:
        """Follow the size of the screen."""
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._fit())

    @property
    def _rows(self) -> int:
        return max(1, min(_MOST_ROWS, len(self._choices), self.screen.size.height - self._place[1] - 3))

    def _fit(self) -> None:
        if not self.display:
            return
        rows, size = self._rows, self.screen.size
        self._first = max(self._at - rows + 1, min(self._first, self._at))
        width = min(size.width, _WIDEST, max(map(self._wanted_cells, self._choices)) + _FRAME)
        self.styles.width, self.styles.height = width, rows + 2
        self.styles.offset = (max(0, min(self._place[0], size.width - width)), self._place[1])
        count = len(self._choices)
        self.border_subtitle = Content(f"{self._at + 1} of {thousands(count)}" if count > rows else "")
        self.refresh()

    def _wanted_cells(self, choice: Choice) -> int:
        rows = "" if choice.rows is None else thousands(choice.rows)
        beside = sum(cell_len(text) + _GAP for text in (choice.help, rows) if text)
        return (
            max(self._text_cells, _LEAST)
            + beside
            + (8 if len(self._choices) > self._rows else 0) * (not beside)
        )

    @property
    def _text_cells(self) -> int:
        return min(32, max(cell_len(one_line(one.text, _TEXT_LIMIT)) for one in self._choices))

    def render(self) -> Content:
        """A line for each choice in sight: what is put in, what it is, how many rows have it."""
        if not self._choices:
            return Content("")
        width, text_cells = max(1, self.content_size.width), self._text_cells
        lines: list[Content] = []
        for at in range(self._first, min(len(self._choices), self._first + self._rows)):
            choice = self._choices[at]
            rows = "" if choice.rows is None else thousands(choice.rows)
            name = cell_pad(
                cell_cut(one_line(choice.text, _TEXT_LIMIT), text_cells, self._ellipsis), text_cells
            )
            room = width - cell_len(name) - (cell_len(rows) + _GAP if rows else 0) - _GAP
            note = cell_cut(one_line(choice.help, _TEXT_LIMIT), room, self._ellipsis) if room > 3 else ""
            rest = cell_pad(" " * _GAP + note, max(0, width - cell_len(name) - cell_len(rows))) + rows
            line = Content.assemble((name, "bold"), (rest, "" if at == self._at else "$role-muted"))
            lines.append(line.stylize("$role-cursor-fg on $role-cursor-bg") if at == self._at else line)
        return Content("\n").join(lines)
