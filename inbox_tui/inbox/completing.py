"""Tab in the filter bar: what can be put in at the cursor, in a list under the bar."""

from typing import TYPE_CHECKING

from cache.query.complete import Choice, Completion, complete, put_in
from inbox_tui.store_thread import ECHO_SECONDS

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen
    from inbox_tui.widgets.completion_popup import CompletionPopup

__all__ = ["CompletionController"]


class CompletionController:
    """Asks what fits, shows it, and puts in what is chosen. What is cached is read off the UI thread."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._popup: CompletionPopup | None = None
        self._found: Completion | None = None
        """What the list shows; None while it is closed."""

    @property
    def is_open(self) -> bool:
        """Whether there is a list to choose from."""
        return self._found is not None

    def step(self, steps: int) -> None:
        """Open the list, or choose the next in it; a single thing that fits is put in at once."""
        if self._found is not None and self._popup is not None:
            self._popup.move(steps)
        else:
            self._ask(last=steps < 0)

    def typed(self) -> None:
        """The text changed: an open list follows it."""
        if self.is_open:
            self._screen.call_next(self._follow)  # the cursor goes on after the text

    def _follow(self) -> None:
        if self.is_open:
            self._ask(narrows=True)

    def take(self) -> bool:
        """Put in what is chosen; False when no list is open."""
        found, popup = self._found, self._popup
        if found is None or popup is None:
            return False
        chosen = popup.chosen
        self.close()
        if chosen is not None:
            self._put(found, chosen)
        return True

    def close(self) -> bool:
        """Take the list away; False when there is none."""
        was_open, self._found = self.is_open, None
        if self._popup is not None:
            self._popup.hide()
        return was_open

    def _ask(self, *, narrows: bool = False, last: bool = False) -> None:
        bar = self._screen.filter_bar
        text, cursor = bar.text, bar.cursor

        def show(found: Completion | None) -> None:
            if not bar.is_open or (bar.text, bar.cursor) != (text, cursor) or (narrows and not self.is_open):
                return
            choices = found.choices if found is not None else ()
            if found is None or not choices or self._is_typed(found, text):
                self.close()
                if not narrows:
                    bar.show_answer("nothing to complete here")
            elif len(choices) == 1 and not narrows:
                self._put(found, choices[0])
            else:
                self._show(found, last=last)

        self._screen.app.store.submit(
            lambda local: complete(text, cursor, local.reader.values),
            show,
            otherwise=lambda error: bar.show_answer(str(error)),
            slot="complete",
            pace="read",
            wait=ECHO_SECONDS,
        )

    @staticmethod
    def _is_typed(found: Completion, text: str) -> bool:
        """Whether the only choice is what stands there already."""
        return len(found.choices) == 1 and text[found.start : found.end] == found.choices[0].text

    def _show(self, found: Completion, *, last: bool) -> None:
        bar = self._screen.filter_bar
        bar.show_answer("")
        self._found = found
        popup = self._popup
        if popup is None:
            from inbox_tui.widgets.completion_popup import CompletionPopup

            self._popup = popup = CompletionPopup(self._screen.app.signs)
            self._screen.mount(popup)
        popup.use_signs(self._screen.app.signs)
        # The frame and its padding stand left of the text that is completed.
        popup.show(found.choices, bar.region.x + bar.cell_of(found.start) - 2, bar.region.bottom)
        if last:
            popup.move(-1)

    def _put(self, found: Completion, choice: Choice) -> None:
        bar = self._screen.filter_bar
        bar.put(*put_in(bar.text, found, choice))
