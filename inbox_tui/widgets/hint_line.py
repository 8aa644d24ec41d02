"""The bottom line: a few keys worth knowing where the focus is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

__all__ = ["Hint", "HintLine", "hints_that_fit"]

_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and a word or two for what it does."""

    key: str
    title: str
    """What the key does; of keys that do nothing now, why."""
    is_off: bool = False


def hints_that_fit(hints: Sequence[Hint], width: int) -> tuple[Hint, ...]:
    """Choose the hints that fit `width` cells whole, leaving out from the end; the last one stays longest.

    The last hint is the way to all the others (`? keys`), so room is kept for it.
    """
    if not hints:
        return ()
    *others, last = hints
    room = width - _cells(last)
    if room < 0:
        return ()
    kept: list[Hint] = []
    for hint in others:
        room -= _cells(hint) + len(_GAP)
        if room < 0:
            break
        kept.append(hint)
    return (*kept, last)


def _cells(hint: Hint) -> int:
    return cell_len(hint.key) + 1 + cell_len(hint.title) + 2 * hint.is_off


class HintLine(Widget, inherit_bindings=False):
    """Draws hints on one line, whole ones only."""

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    HintLine { height: 1; width: 1fr; padding: 0 1; color: $role-muted; }
    """

    hints: reactive[tuple[Hint, ...]] = reactive(())

    def show(self, hints: Sequence[Hint]) -> None:
        """Draw these hints, the most useful first, the one that leads to the others last."""
        self.hints = tuple(hints)

    def render(self) -> Content:
        """Lay out what fits."""
        parts: list[tuple[str, str]] = []
        for hint in hints_that_fit(self.hints, self.content_size.width):
            if parts:
                parts.append((_GAP, ""))
            key, look = (f"({hint.key})", "$role-muted") if hint.is_off else (hint.key, "bold $role-key")
            parts += [(key, look), (f" {hint.title}", "$role-muted")]
        return Content.assemble(*parts)
