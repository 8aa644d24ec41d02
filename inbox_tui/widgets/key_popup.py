"""The small box that lists which keys can follow the ones typed so far."""

from collections.abc import Collection, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from inbox_tui.format import cell_cut, cell_pad
from inbox_tui.signs import PLAIN, SignSet

__all__ = ["KeyPopup", "choice_columns"]

_GAP: Final = 2
_FRAME: Final = 4
"""Cells that border and padding take from the width."""


def choice_columns(
    choices: Sequence[tuple[str, str]], width: int, height: int, ellipsis: str = "…"
) -> list[list[tuple[str, str]]]:
    """Arrange choices in as few columns as `height` allows and as many as `width` cells allow.

    What has no room in the end is left out, and the last cell says how many.
    """
    if not choices or width < 1 or height < 1:
        return []
    fitting = 1
    for count in range(1, len(choices) + 1):
        columns = _columns(choices, count)
        if _cells(columns) > width:
            break
        fitting = count
        if len(columns[0]) <= height:
            return columns
    while True:
        shown = fitting * height
        left = len(choices) - shown + 1
        columns = _columns([*choices[: shown - 1], ("", f"{ellipsis} {left} more")], fitting)
        if fitting == 1 or _cells(columns) <= width:  # what says how many may be wider than what it replaces
            return columns
        fitting -= 1


def _columns(choices: Sequence[tuple[str, str]], count: int) -> list[list[tuple[str, str]]]:
    rows = -(-len(choices) // count)
    return [list(choices[start : start + rows]) for start in range(0, len(choices), rows)]


def _cells(columns: Sequence[Sequence[tuple[str, str]]]) -> int:
    return sum(map(_column_cells, columns)) + _GAP * (len(columns) - 1)


def _key_cells(column: Sequence[tuple[str, str]]) -> int:
    return max(cell_len(key) for key, _ in column)


def _column_cells(column: Sequence[tuple[str, str]]) -> int:
    return _key_cells(column) + 1 + max(cell_len(title) for _, title in column)


class KeyPopup(Widget, inherit_bindings=False):
    """Floats at the bottom right over the list, above the lines the screen keeps at the bottom.

    It moves to the top right when it would hide the row of the cursor.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    can_focus = False

    DEFAULT_CSS = """
    KeyPopup {
        layer: popup;
        position: absolute;
        width: auto;
        height: auto;
        padding: 0 1;
        border: round $role-border;
        background: $panel;
        border-title-color: $role-text;
        border-subtitle-color: $role-muted;
        color: $role-text;
        display: none;
        &.-plain { border: ascii $role-border; }
    }
    """

    def __init__(self, signs: SignSet, *, margin_bottom: int = 2, id: str | None = None) -> None:  # noqa: A002
        """`margin_bottom` is the number of rows below that stay free."""
        super().__init__(id=id)
        self._margin_bottom = margin_bottom
        self.use_signs(signs)
        self._title = ""
        self._remark = ""
        self._refused: frozenset[str] = frozenset()
        self._choices: tuple[tuple[str, str], ...] = ()
        self._cursor_row: int | None = None

    def use_signs(self, signs: SignSet) -> None:
        """Draw with another set of signs."""
        self._ellipsis = signs.ellipsis
        self.set_class(signs is PLAIN, "-plain")
        self.refresh()

    def show(
        self,
        title: str,
        choices: Sequence[tuple[str, str]],
        *,
        cursor_row: int | None = None,
        refused: Collection[str] = (),
        remark: str = "",
    ) -> None:
        """List what can follow, as (key, title); `cursor_row` is the screen row to leave free.

        The keys in `refused` do nothing now; `remark`, below the choices, says why, or what else is to be
        known of them.
        """
        self._title = title
        self._refused = frozenset(refused)
        self._remark = remark
        self._choices = tuple((key, f"({name})" if key in refused else name) for key, name in choices)
        self._cursor_row = cursor_row
        self.border_title = Content(title)
        self.display = bool(choices)
        self._place()

    def hide(self) -> None:
        """Take the box away."""
        self.display = False

    def on_mount(self) -> None:
        """Follow the size of the screen."""
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._place())

    def _columns(self) -> list[list[tuple[str, str]]]:
        size = self.screen.size
        height = size.height - self._margin_bottom - 2
        return choice_columns(
            self._choices, size.width - _FRAME, min(height, max(4, size.height // 2)), self._ellipsis
        )

    def _place(self) -> None:
        if not self.display:
            return
        size = self.screen.size
        columns = self._columns()
        if not columns:
            self.display = False
            return
        content = sum(map(_column_cells, columns)) + _GAP * (len(columns) - 1)
        width = min(size.width, max(content, cell_len(self._title) + 2, cell_len(self._remark) + 2) + _FRAME)
        self.border_subtitle = Content(cell_cut(self._remark, width - _FRAME - 2, self._ellipsis))
        height = len(columns[0]) + 2
        top = max(0, size.height - self._margin_bottom - height)
        if self._cursor_row is not None and top <= self._cursor_row < top + height:
            top = 0 if self._cursor_row >= height else top
        self.styles.width = width
        self.styles.height = height
        self.styles.offset = (size.width - width, top)
        self.refresh()

    def render(self) -> Content:
        """Lay the columns beside each other."""
        columns = self._columns()
        width = max(1, self.content_size.width)
        lines: list[Content] = []
        for row in range(len(columns[0]) if columns else 0):
            parts: list[tuple[str, str]] = []
            for column in columns:
                if row >= len(column):
                    continue
                key, title = column[row]
                key_cells = _key_cells(column)
                rest = _column_cells(column) - key_cells - 1
                is_off = key in self._refused
                parts.append((cell_pad(key, key_cells) + " ", "$role-muted" if is_off else "bold $role-key"))
                text = cell_pad(cell_cut(title, min(rest, width), self._ellipsis), rest) + " " * _GAP
                parts.append((text, "$role-muted" if is_off else ""))
            lines.append(Content.assemble(*parts))
        return Content("\n").join(lines)
