"""Keys on their way to commands: prefixes with their popup, and keys typed ahead of what they open."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual import events

from inbox_tui.inbox.abilities import KEPT_HERE, Abilities, abilities
from inbox_tui.keynames import key_from_textual
from inbox_tui.resolver import Choice, Pending, Resolver, Run, Unknown
from inbox_tui.widgets.line_input import LineInput
from inbox_tui.widgets.typed import typed_character

if TYPE_CHECKING:
    from textual.timer import Timer

    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["KeyController", "merged_choices"]

_POPUP_SECONDS: Final = 0.3
_HELD_SECONDS: Final = 1.0
"""No key waits much longer than this once there is something that takes it."""


class KeyController:
    """Takes every key the inbox screen receives. None is lost, and none means what it did not when typed."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._resolver = Resolver(screen.app.keymap)
        self._popup_timer: Timer | None = None
        self._ahead: list[events.Key] = []
        """Keys that wait for what they were typed for."""

    @property
    def pending_text(self) -> str:
        """The prefix or count that waits for more."""
        return self._resolver.pending_text

    def cancel(self) -> None:
        """Forget a prefix or count."""
        self._resolver.cancel()
        self._hide_popup()

    def pressed(self, event: events.Key) -> None:
        """Resolve a key and run its command."""
        screen = self._screen
        if not screen.is_active:
            self.keep(event)
            return
        if screen.filter_bar.is_open and self._edited(screen.filter_bar.query_one(LineInput), event):
            return
        screen.bottom.key_pressed()
        outcome = self._resolver.feed(key_from_textual(event.key, event.character), screen.context)
        self._hide_popup()
        if isinstance(outcome, Run):
            screen.run_command(outcome.command_id, outcome.count)
        elif isinstance(outcome, Pending):
            if outcome.choices:
                self._popup_timer = screen.set_timer(_POPUP_SECONDS, self._show_popup)
        elif isinstance(outcome, Unknown):
            screen.say(outcome.message, "warning")
        screen.bottom.show_soon()

    @staticmethod
    def _edited(field: LineInput, event: events.Key) -> bool:
        """Whether a key belongs to the text of a field: it was typed faster than the field got the focus."""
        if character := typed_character(event):
            field.insert_text_at_cursor(character)
            return True
        return field.edit(key_from_textual(event.key, event.character))

    @property
    def are_held(self) -> bool:
        """Whether keys wait: then a later one does too."""
        return bool(self._ahead)

    def keep(self, event: events.Key) -> None:
        """A key that was typed before the screen over the inbox could take it: hand it on when it can."""
        self._ahead.append(event)
        if len(self._ahead) == 1:
            self._screen.app.screen.call_after_refresh(self._gather)
            self._screen.set_timer(_HELD_SECONDS, self._release)

    def _gather(self) -> None:
        """Those that are on their way to the inbox, through what has the focus there, come first."""
        screen = self._screen
        screen.list_view.call_later(screen.call_later, self._pass_on)

    def _release(self) -> None:
        """Keys still wait: the screen they were typed for went before it was drawn, or takes long to open."""
        if self._ahead and self._screen.app.is_opening():
            self._screen.set_timer(_HELD_SECONDS, self._release)
        elif self._ahead:
            self._gather()

    async def _pass_on(self) -> None:
        while self._ahead:
            event = min(self._ahead, key=lambda event: event.time)
            try:
                await self._screen.app.give(events.Key(event.key, event.character))
            finally:
                self._ahead.remove(event)

    def _show_popup(self) -> None:
        screen = self._screen
        choices = self._resolver.choices()
        if choices and screen.is_active:
            rows = screen.list_view
            position = rows.cursor_position * rows.row_height - rows.scroll_offset.y
            refused, remark = _cannot(choices, abilities(screen))
            screen.popup.show(
                self.pending_text,
                merged_choices(choices),
                cursor_row=rows.region.y + 1 + position,
                refused=refused,
                remark=remark,
            )

    def _hide_popup(self) -> None:
        if self._popup_timer is not None:
            self._popup_timer.stop()
            self._popup_timer = None
        self._screen.popup.hide()


def merged_choices(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """The keys that can follow, each with what it does; two keys of one command share a line."""
    return [(", ".join(keys), title) for keys, title in _merged(choices).values()]


def _merged(choices: Sequence[Choice]) -> dict[str, tuple[list[str], str]]:
    merged: dict[str, tuple[list[str], str]] = {}
    for choice in choices:
        keys, _ = merged.setdefault(choice.command_id or f"{choice.key} ...", ([], choice.title))
        keys.append(choice.key)
    return merged


def _cannot(choices: Sequence[Choice], able: Abilities) -> tuple[frozenset[str], str]:
    """The lines of the popup that cannot be done to the submission, and what is to be said below them."""
    refused = {
        ", ".join(keys): why.short
        for command_id, (keys, _) in _merged(choices).items()
        if (why := able.refusal(command_id)) is not None
    }
    kept = any(able.is_kept_here(choice.command_id or "") for choice in choices)
    remarks = [*dict.fromkeys(refused.values()), *([KEPT_HERE] if kept else [])]
    return frozenset(refused), "; ".join(remarks)
