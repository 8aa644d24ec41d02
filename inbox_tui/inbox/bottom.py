"""The two lines at the bottom: the status bar and the keys worth knowing."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from textual.css.query import NoMatches

from cache.query import QueryError, parse_query
from cache.query.canonical import canonical_term
from cache.sync.status import SourceStatus
from inbox_tui.inbox.connection import source_line
from inbox_tui.status import Notice, Severity, StatusModel
from inbox_tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.timer import Timer

    from inbox_tui.inbox.listing import ListController
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["BottomLines", "unread_sentence"]

_SAVING_SECONDS: Final = 0.1
_ACTION_SECONDS: Final = 10.0
"""How long it is said what was done last."""
_HINTS: Final = (
    ("", "triage.resolve"),
    ("status", "triage.status.read"),
    ("priority", "triage.priority.high"),
    ("assign", "triage.assign.nobody"),
    ("", "note.append"),
    ("", "triage.flag"),
    ("", "filter.open"),
    ("", "edit.undo"),
    ("", "app.sync"),
    ("", "app.help"),
)
"""What the key of a whole family stands for, else nothing, and a command of it."""
_FILTER_HINTS: Final = (
    ("", "filter.keep"),
    ("", "filter.complete"),
    ("", "filter.older"),
    ("", "filter.explain"),
    ("", "app.escape"),
)
"""The same while the filter bar takes every letter as text."""


def unread_sentence(error: Exception, key: str) -> str:
    """What to say of rows that could not be read; `key` tries again."""
    again = f"{key} tries again" if key else "open the view once more"
    return f"Rows were not read, those on screen stay: {again} ({str(error).rstrip('.')})"


class BottomLines:
    """Draws what the screen knows into the two lines."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen
        self._is_saving = False
        self._is_due = False
        self._saving_timer: Timer | None = None
        self.last_action = ""
        """What was done a moment ago."""
        self._done_at = 0.0
        self.notice: Notice | None = None
        self._lines = 1

    def did(self, label: str) -> None:
        """Say what was done, for a while and until there is something else to say."""
        self.last_action, self._done_at, self.notice = label, self._screen.app.clock(), None

    def say(self, sentence: str, severity: Severity = "info") -> None:
        """Show one sentence until the next key."""
        self.notice, self.last_action = Notice(sentence.rstrip("."), severity), ""
        self.show_status()

    def say_failed(self, error: Exception) -> None:
        """Show what a failure says of itself."""
        self.say(str(error), "error")

    def say_first(self, problems: Sequence[str]) -> None:
        """Show the first of some problems of the configuration, and where the others are told."""
        if problems:
            more = f" (and {len(problems) - 1} more: inbox-tui config check)" if len(problems) > 1 else ""
            self.say(problems[0] + more, "warning")

    def key_pressed(self) -> None:
        """What was said was read."""
        self.notice = None

    def tick(self) -> None:
        """Time passes: what was done a while ago is no news."""
        if self.last_action and not 0 <= self._screen.app.clock() - self._done_at < _ACTION_SECONDS:
            self.last_action = ""
            self.show_status()

    def saving(self, *, is_waiting: bool) -> None:
        """An edit that takes longer than a blink is said to be on its way."""
        if not is_waiting:
            if self._saving_timer is not None:
                self._saving_timer.stop()
            self._saving_timer, self._is_saving = None, False
        elif self._saving_timer is None:
            self._saving_timer = self._screen.set_timer(_SAVING_SECONDS, self._still_saving)

    def _still_saving(self) -> None:
        self._is_saving = True
        self.show_status()

    def show_soon(self) -> None:
        """Draw the status bar once what came together with this is done."""
        if not self._is_due:
            self._is_due = True
            self._screen.call_later(self.show_status)

    def show_status(self) -> None:
        """Draw the status bar."""
        self._is_due = False
        screen = self._screen
        try:
            bar = screen.query_one(StatusBar)
        except NoMatches:
            return
        facts, states, listing = screen.facts, screen.facts.states, screen.listing
        bar.show(
            StatusModel(
                view_name=_name(listing),
                position=screen.list_view.cursor_position + 1 if screen.list_view.total else None,
                is_held=listing.is_on_held,
                total=listing.matching,
                total_is_floor=not listing.is_counted,
                prefix=screen.keys.pending_text if screen.is_complete else "",
                last_action=self.last_action,
                notice=self.notice,
                saving=self._is_saving,
                sources=tuple(
                    source_line(
                        screen.statuses.get(name, SourceStatus(name)),
                        facts.synced_at.get(name),
                        is_imported=name in facts.imported,
                    )
                    for name in screen.app.workspace.source_names
                ),
                queued=states.get("queued", 0) + states.get("sending", 0),
                verifying=states.get("verifying", 0),
                rejected=states.get("rejected", 0) + states.get("orphaned", 0),
                conflicts=states.get("conflict", 0),
                overwrites=sum(kind == "overwrite" for kind, *_ in facts.waiting),
                zone=screen.zone,
            ),
            screen.app.clock(),
        )
        if screen.is_complete:
            self._give_room(bar)

    def _give_room(self, bar: StatusBar) -> None:
        """A long notice stands on the line of the hints too."""
        lines = 2 if bar.needs_two_lines else 1
        if lines != self._lines:
            self._lines = lines
            with self._screen.app.batch_update():
                bar.styles.height = lines
                hints = self._screen.panes.hints.styles
                if lines > 1:
                    hints.display = "none"
                else:
                    hints.clear_rule("display")

    def show_hints(self) -> None:
        """Draw the keys worth knowing here; beside those that can do nothing to this submission, why."""
        from inbox_tui.commands import COMMANDS_BY_ID
        from inbox_tui.inbox.abilities import abilities
        from inbox_tui.widgets.hint_line import Hint

        keymap, able = self._screen.app.keymap, abilities(self._screen)
        hints: list[Hint] = []
        for entry, example in _FILTER_HINTS if self._screen.filter_bar.is_open else _HINTS:
            family = COMMANDS_BY_ID[example].family if entry else ""
            key = keymap.prefix_of(family) if entry else next(iter(keymap.keys_of(example)), None)
            if not key:
                continue
            why = able.refusal(example)
            if why is None:
                hints.append(Hint(key, entry or COMMANDS_BY_ID[example].title))
            elif hints and hints[-1].is_off and hints[-1].title == why.short:
                hints[-1] = Hint(f"{hints[-1].key} {key}", why.short, is_off=True)
            else:
                hints.append(Hint(key, why.short, is_off=True))
        self._screen.panes.hints.show(hints)


def _name(listing: "ListController") -> str:
    """What is shown: the view, unless its own terms were taken out of the filter."""
    terms = map(canonical_term, listing.query.terms)
    return listing.view.title if _terms_of(listing.view.query) <= set(terms) else "Filter"


@lru_cache(maxsize=64)
def _terms_of(text: str) -> frozenset[str]:
    """What must hold of a view's submissions; nothing where its query cannot be read."""
    try:
        return frozenset(map(canonical_term, parse_query(text).terms))
    except QueryError:
        return frozenset()
