"""What the screens over the inbox share: one box in the middle of it, and how large that may be."""

from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.screen import ModalScreen

from inbox_tui.signs import PLAIN, SignSet
from inbox_tui.timers import SureTimers

__all__ = ["BoxScreen", "BoxScroll"]

T = TypeVar("T")


class BoxScroll(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Holds what may be longer than the screen; the keys that scroll it come from the screen."""

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    BoxScroll {
        height: auto;
        scrollbar-size: 0 1;
        scrollbar-gutter: stable;
        scrollbar-background: $panel;
        scrollbar-color: $role-border;
        & > Static { height: auto; width: 1fr; }
    }
    """


class BoxScreen(SureTimers, ModalScreen[T], Generic[T], inherit_bindings=False):
    """A screen over the inbox; the widget of class `box` is what shows of it."""

    BINDINGS: ClassVar[list[BindingType]] = []

    DEFAULT_CSS = """
    BoxScreen {
        align: center middle;
        overflow: hidden;
        & > .box {
            height: auto;
            max-height: 100%;
            padding: 0 1;
            border: round $role-border-focus;
            background: $panel;
            color: $role-text;
        }
        &.-plain > .box { border: ascii $role-border-focus; }
    }
    """

    def __init__(self, signs: SignSet, *, takes_text: bool = False) -> None:
        """With `takes_text` keys that are typed before the input has the focus wait for it."""
        super().__init__(classes="-typing" if takes_text else None)
        self.signs = signs
        """The signs it is drawn with."""
        self.set_class(signs is PLAIN, "-plain")

    def on_mount(self) -> None:
        """Fit the box into the screen."""
        self.fit()

    def on_resize(self) -> None:
        """Fit the box into the screen as it is now."""
        self.refit()

    def refit(self) -> None:
        """Fit the box anew, unless it is not composed yet (it will be fitted then) or is closed."""
        if self.is_open:
            self.fit()

    @property
    def is_open(self) -> bool:
        """Whether there is a box to draw in: a closed one loses its parts before its last messages come."""
        return self.is_mounted and self in self.app.screen_stack

    async def on_event(self, event: events.Event) -> None:
        """Take what happens; a key that comes when the box is closed already is of no use to it."""
        if not isinstance(event, events.Key) or self.is_open:
            await super().on_event(event)

    def fit(self) -> None:
        """Give the box its size, and write what depends on it; unless overridden, the style sheet does."""

    @property
    def room(self) -> Size:
        """The cells there are; before the first layout those of the terminal."""
        return self.size if self.size.area else self.app.size

    @property
    def top(self) -> int:
        """The rows that stay free above a box at the top, where there are enough of them."""
        return 2 if self.room.height >= 20 else 0

    def width_of(self, widest: int) -> int:
        """The width of a box: some of the inbox stays in sight beside it, where there is room for that."""
        width = self.room.width
        return min(widest, width - (4 if width >= 60 else 0))
