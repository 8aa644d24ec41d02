"""The panel that shows how a query is read: its one spelling, and what each term and part finds alone."""

from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cache.query import Hint, Query, canonical, canonical_term, outline
from cache.text import one_line
from inbox_tui.format import cell_cut, thousands
from inbox_tui.keynames import key_from_textual
from inbox_tui.screens.boxed import BoxScreen, BoxScroll
from inbox_tui.signs import SignSet

__all__ = ["ExplainScreen", "Explanation"]

_WIDEST: Final = 84
_FRAME: Final = 5
"""Cells that border, padding and scroll bar take from the width."""
_TEXT_LIMIT: Final = 2_000
_CLOSING: Final = frozenset(("escape", "q", "enter", "ctrl+g"))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was counted."""

    terms: tuple[int, ...]
    """What each term finds alone, in the order of the query, the parts of a group after the group."""
    total: int
    drop: tuple[str, int] | None = None
    """The best term to do without when nothing matches, and how many there would be."""
    warnings: tuple[Hint, ...] = ()
    """What is worth knowing of the query."""


class ExplainScreen(BoxScreen[None], inherit_bindings=False):
    """Shows a query at once and its numbers when they are counted; Esc closes it."""

    DEFAULT_CSS = """
    ExplainScreen {
        align: center top;
        & > .box { border-subtitle-color: $role-muted; }
    }
    """

    def __init__(self, query: Query, signs: SignSet) -> None:
        super().__init__(signs)
        self._canonical = canonical(query)
        self._terms = tuple(
            "  " * depth + one_line(canonical_term(term), _TEXT_LIMIT) for depth, term in outline(query)
        )
        self._is_several = len(query.terms) > 1
        self._hints = query.hints
        self._found: Explanation | None = None
        self._failure = ""

    def compose(self) -> ComposeResult:
        """Put the text into a scrolling box."""
        with BoxScroll(classes="box") as box:
            box.border_title = Content("How the filter is read")
            box.border_subtitle = Content("Esc closes")
            yield Static("", id="explain-text", markup=False)

    def show(self, found: Explanation) -> None:
        """Put the numbers in."""
        self._found = found
        self.refit()

    def fail(self, sentence: str) -> None:
        """Say why there are no numbers."""
        self._failure = sentence
        self.refit()

    def fit(self) -> None:
        """Write the text for the width there is."""
        width = self.width_of(_WIDEST)
        box = self.query_one(BoxScroll)
        box.styles.width, box.styles.margin = width, (self.top, 0, 0, 0)
        box.styles.max_height = self.room.height - 2 * self.top
        lines = self._lines(max(10, width - _FRAME))
        self.query_one("#explain-text", Static).update(Content("\n").join(lines))

    def _lines(self, width: int) -> list[Content]:
        written = one_line(self._canonical, _TEXT_LIMIT)
        lines = [Content.styled(written, "bold") if written else Content("everything that is cached")]
        lines.append(Content(""))
        found = self._found
        numbers = [thousands(number) for number in found.terms] if found is not None else []
        for at, term in enumerate(self._terms):
            number = numbers[at] if at < len(numbers) else self._unknown
            lines.append(self._row(term, number, width))
        total = thousands(found.total) if found is not None else self._unknown
        lines.append(self._row("together" if self._is_several else "matches", total, width, "bold"))
        if found is not None and found.drop is not None:
            term, left = found.drop
            said = f"Without `{one_line(term, _TEXT_LIMIT)}` there would be {thousands(left)}"
            lines += [Content(""), Content(said)]
        warnings = found.warnings if found is not None else self._hints
        if warnings:
            lines.append(Content(""))
        lines += [Content.styled(one_line(one.text, _TEXT_LIMIT), "$role-warning") for one in warnings]
        if self._failure:
            lines += [Content(""), Content.styled(one_line(self._failure, _TEXT_LIMIT), "$role-error")]
        return lines

    @property
    def _unknown(self) -> str:
        return "" if self._failure else self.signs.ellipsis

    def _row(self, name: str, number: str, width: int, style: str = "") -> Content:
        shown = cell_cut(name, max(4, width - cell_len(number) - 2), self.signs.ellipsis)
        fill = " " * max(2, width - cell_len(shown) - cell_len(number))
        return Content.assemble((shown, style), fill, (number, style))

    def on_key(self, event: events.Key) -> None:
        """Close or scroll."""
        event.stop()
        event.prevent_default()
        key = key_from_textual(event.key, event.character)
        if key in _CLOSING:
            self.dismiss(None)
            return
        box = self.query_one(BoxScroll)
        page = max(1, box.scrollable_content_region.height - 1)
        step = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": page, "pageup": -page}.get(key)
        if step is not None:
            box.scroll_to(y=box.scroll_offset.y + step, animate=False)
