"""The tabs of the detail pane: their names, the strip that shows them, and what each draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from cache.models import Detail
from inbox_tui.drawing.answers import fields_lines, notes_lines
from inbox_tui.drawing.contact import SameContact, history_lines
from inbox_tui.drawing.context import Setting
from inbox_tui.drawing.conversation import Conversation, conversation_lines
from inbox_tui.drawing.lines import Line, Piece, said
from inbox_tui.drawing.metadata import metadata_lines
from inbox_tui.drawing.raw import raw_lines
from inbox_tui.drawing.timeline import Timeline, timeline_lines
from inbox_tui.drawing.told import no_timeline
from inbox_tui.format import thousands

__all__ = ["TABS", "Tab", "TabStrip", "tab_lines", "tab_strip"]

Tab: TypeAlias = Literal["fields", "notes", "timeline", "history", "conversation", "metadata", "raw"]
TABS: Final[tuple[Tab, ...]] = ("fields", "notes", "timeline", "history", "conversation", "metadata", "raw")
_LONG: Final[dict[Tab, str]] = {
    "fields": "Fields",
    "notes": "Notes",
    "timeline": "Timeline",
    "history": "History",
    "conversation": "Chat",
    "metadata": "Meta",
    "raw": "Raw",
}
_INITIAL: Final[dict[Tab, str]] = {tab: name[0] for tab, name in _LONG.items()}

_NOBODY: Final = SameContact()
_UNREAD: Final = Conversation()


@dataclass(frozen=True, slots=True)
class TabStrip:
    """One line that names the tabs, and the columns each of them takes."""

    line: Line
    places: tuple[tuple[int, int, Tab], ...]
    """First column, the column after the last one, and the tab there."""

    def tab_at(self, column: int) -> Tab | None:
        """The tab drawn at a column."""
        return next((tab for first, end, tab in self.places if first <= column < end), None)


def tab_strip(current: Tab, width: int, others: int = 0, *, chats: bool = False) -> TabStrip:
    """The strip with the current tab in brackets: whole names, else initials, else the current one alone.

    `others` is how many submissions the history tab lists besides the present one. The conversation has a
    place in it only where the submission `chats`, or when it is the current one.
    """
    tabs = [tab for tab in TABS if tab != "conversation" or chats or tab == current]
    count = thousands(others) if others else ""
    long = {**_LONG, "history": f"{_LONG['history']} {count}".rstrip()}
    short = {**_INITIAL, "history": f"{_INITIAL['history']}{count}"}
    initials = {**short, current: long[current]}
    middle = {**long, "timeline": "Time"}
    for names, wide in (
        *((long, True), (long, False), (middle, False)),
        *((initials, True), (initials, False), (short, True), (short, False)),
    ):
        strip = _strip({tab: names[tab] for tab in tabs}, current, wide=wide)
        if strip.places[-1][1] <= width:
            return strip
    alone = _INITIAL[current]
    return TabStrip((Piece(f"[{alone}]", "accent"),), ((0, 3, current),))


def _strip(names: Mapping[Tab, str], current: Tab, *, wide: bool) -> TabStrip:
    """Names beside each other; a wide strip has room for brackets around each."""
    pieces: list[Piece] = []
    places: list[tuple[int, int, Tab]] = []
    column = 0
    for at, (tab, name) in enumerate(names.items(), start=1):
        is_current, is_last = tab == current, at == len(names)
        text = f"[{name}]" if is_current else f" {name} " if wide else name
        if is_last:
            text = text.rstrip()
        elif not wide:
            text += " "
        pieces.append(Piece(text, "accent" if is_current else "muted"))
        places.append((column, column + len(text), tab))
        column += len(text)
    return TabStrip(tuple(pieces), tuple(places))


def tab_lines(
    tab: Tab,
    detail: Detail,
    timeline: Timeline,
    setting: Setting,
    contact: SameContact = _NOBODY,
    conversation: Conversation = _UNREAD,
) -> list[Line]:
    """What one tab shows under the head; `contact` is what else the same person sent."""
    setting = setting.knowing(detail)
    match tab:
        case "fields":
            return fields_lines(detail, setting, contact)
        case "notes":
            return notes_lines(detail, setting)
        case "timeline":
            reason = no_timeline(detail.submission.provider)
            if reason is not None and not timeline.events:
                return said(reason, setting.cells)
            return timeline_lines(timeline, setting)
        case "history":
            return history_lines(contact, detail, setting)
        case "conversation":
            return conversation_lines(conversation, detail.submission, setting)
        case "metadata":
            return metadata_lines(detail, setting)
        case "raw":
            return raw_lines(detail.raw, setting)
    assert_never(tab)
