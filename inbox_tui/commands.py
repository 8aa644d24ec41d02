"""The single table of actions: what each is called, where it works and which keys run it.

Key bindings, the palette, the `?` screen, `inbox-tui keys` and `docs/keys.md` are all made from it.
"""

import enum
from dataclasses import dataclass
from typing import Final

__all__ = [
    "COMMANDS",
    "COMMANDS_BY_ID",
    "FOCUS_CONTEXTS",
    "Command",
    "Context",
    "Group",
    "Target",
]


class Context(enum.StrEnum):
    """Where a command works; all but `GLOBAL` are also places where the focus can be."""

    LIST = "list"
    DETAIL = "detail"
    POPUP = "popup"
    """A screen over the inbox, such as the `?` screen."""
    CARD = "card"
    """The conflict card."""
    FILTER = "filter"
    """The filter bar: keys that type or edit text are never commands here."""
    GLOBAL = "global"
    """Everywhere."""


FOCUS_CONTEXTS: Final = (Context.LIST, Context.DETAIL, Context.POPUP, Context.CARD, Context.FILTER)


class Group(enum.StrEnum):
    """The headings of the `?` screen and the docs, in their order."""

    MOVE = "Move"
    TRIAGE = "Triage"
    NOTES = "Notes"
    CARD = "Conflict card"
    FIND = "Filter and views"
    DETAIL = "Detail"
    COPY = "Copy"
    DISPLAY = "Display"
    APP = "Application"


class Target(enum.StrEnum):
    """What a command acts on."""

    SUBMISSION = "submission"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Command:
    """One action a person can ask for."""

    id: str
    """The name used in `[keys]`, `family.action`; it never changes once released."""
    title: str
    """A word or two for the footer and for the list of keys that can follow a prefix."""
    help: str
    """One plain line for the palette, the `?` screen and the docs."""
    keys: tuple[str, ...]
    """The default key sequences: keys separated by spaces."""
    contexts: frozenset[Context]
    group: Group
    family: str = ""
    """What a shared prefix stands for, such as `status`."""
    series: str = ""
    """Commands of one series are drawn as one line of the `?` screen, with this as its help."""
    takes_count: bool = False
    """Whether a number typed first means a distance or a number of submissions."""
    palette: bool = True
    target: Target = Target.NONE


_MAIN: Final = frozenset({Context.LIST, Context.DETAIL})
_LIST: Final = frozenset({Context.LIST})
_DETAIL: Final = frozenset({Context.DETAIL})
_READING: Final = frozenset({Context.LIST, Context.DETAIL, Context.POPUP, Context.CARD})
_CARD: Final = frozenset({Context.CARD})
_FILTER: Final = frozenset({Context.FILTER})
_GLOBAL: Final = frozenset({Context.GLOBAL})


def _move(id_: str, title: str, help_: str, *keys: str, contexts: frozenset[Context] = _READING) -> Command:
    return Command(id_, title, help_, keys, contexts, Group.MOVE, takes_count=True, palette=False)


def _pane(id_: str, title: str, help_: str, *keys: str, contexts: frozenset[Context] = _MAIN) -> Command:
    return Command(id_, title, help_, keys, contexts, Group.MOVE, palette=False)


def _contact(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _MAIN, Group.MOVE, takes_count=True)


def _triage(id_: str, title: str, help_: str, *keys: str, family: str = "") -> Command:
    return Command(
        id_,
        title,
        help_,
        keys,
        _MAIN,
        Group.TRIAGE,
        family=family,
        takes_count=True,
        target=Target.SUBMISSION,
    )


def _note(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _MAIN, Group.NOTES, target=Target.SUBMISSION)


def _card(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _CARD, Group.CARD, palette=False)


def _find(id_: str, title: str, help_: str, *keys: str, family: str = "") -> Command:
    return Command(id_, title, help_, keys, _MAIN, Group.FIND, family=family)


def _bar(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _FILTER, Group.FIND, palette=False)


def _tab(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _MAIN, Group.DETAIL, family="tab")


def _copy(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _MAIN, Group.COPY, family="copy", target=Target.SUBMISSION)


def _display(id_: str, title: str, help_: str, *keys: str) -> Command:
    return Command(id_, title, help_, keys, _MAIN, Group.DISPLAY, family="display")


def _app(id_: str, title: str, help_: str, *keys: str, palette: bool = True) -> Command:
    return Command(id_, title, help_, keys, _GLOBAL, Group.APP, palette=palette)


_NUMBERED_VIEWS: Final = tuple(
    Command(
        f"view.number.{number}",
        f"view {number}",
        f"Go to view {number}, counted from the top",
        (f"g {number}",),
        _MAIN,
        Group.FIND,
        family="go",
        series="Go to the view with that number, counted from the top",
        palette=False,
    )
    for number in range(1, 10)
)

_SORTS: Final = tuple(
    _find(f"sort.{name}", title, f"Sort the list: {how}", f"S {key}", family="sort")
    for name, key, title, how in (
        ("newest", "n", "newest", "the newest first"),
        ("oldest", "o", "oldest", "the oldest first"),
        ("priority", "p", "priority", "the highest priority first"),
        ("status", "s", "status", "by status, new ones first"),
        ("name", "w", "name", "by the name of the visitor"),
        ("number", "#", "number", "the highest number first"),
        ("assignee", "a", "assignee", "by who it is assigned to"),
        ("source", "c", "source", "by source"),
        ("resolved", "d", "resolved", "resolved last first"),
        ("reverse", "-", "reverse", "the other way round"),
    )
)

COMMANDS: Final[tuple[Command, ...]] = (
    _move("move.down", "down", "Move down", "j", "down"),
    _move("move.up", "up", "Move up", "k", "up"),
    _move("move.top", "first", "Go to the first row, or to the top of the text", "g g", "home"),
    _move("move.bottom", "last", "Go to the last row, or to the row with the typed number", "G", "end"),
    _move("move.half_down", "half a page down", "Move half a page down", "ctrl+d"),
    _move("move.half_up", "half a page up", "Move half a page up", "ctrl+u"),
    _move("move.page_down", "page down", "Move a page down", "pagedown"),
    _move("move.page_up", "page up", "Move a page up", "pageup"),
    _pane(
        "detail.open",
        "open",
        "Open the submission and go to its detail",
        "l",
        "right",
        "enter",
        contexts=_LIST,
    ),
    _pane("list.focus", "list", "Go back to the list", "h", "left", contexts=_DETAIL),
    _pane("pane.next", "next pane", "Go to the next pane", "tab"),
    _pane("pane.previous", "previous pane", "Go to the previous pane", "shift+tab"),
    _move(
        "detail.scroll_down",
        "scroll detail",
        "Scroll the detail down, staying in the list",
        "J",
        contexts=_LIST,
    ),
    _move(
        "detail.scroll_up",
        "scroll detail back",
        "Scroll the detail up, staying in the list",
        "K",
        contexts=_LIST,
    ),
    _move("submission.next", "next", "Show the next submission", "J", contexts=_DETAIL),
    _move("submission.previous", "previous", "Show the previous submission", "K", contexts=_DETAIL),
    _move("submission.next_open", "next open", "Go to the next open submission", "n", contexts=_MAIN),
    _move(
        "submission.previous_open", "previous open", "Go to the previous open submission", "N", contexts=_MAIN
    ),
    _triage("triage.resolve", "resolve", "Resolve and go on to the next one", "e"),
    _triage("triage.reopen", "reopen", "Open a resolved submission again", "E"),
    _triage("triage.spam", "spam", "Mark as spam and go on to the next one, or mark spam as not spam", "!"),
    _triage("triage.flag", "flag", "Set or remove the flag", "f"),
    _triage("triage.status.new", "new", "Set the status to new", "s n", family="status"),
    _triage("triage.status.read", "read", "Set the status to read", "s r", family="status"),
    _triage(
        "triage.status.in_progress", "in progress", "Set the status to in progress", "s p", family="status"
    ),
    _triage(
        "triage.status.resolved",
        "resolved",
        "Set the status to resolved and stay here",
        "s d",
        family="status",
    ),
    _triage("triage.status.spam", "spam", "Set the status to spam and stay here", "s x", family="status"),
    _triage("triage.priority.none", "none", "Remove the priority", "p 0", "p n", family="priority"),
    _triage("triage.priority.low", "low", "Set the priority to low", "p 1", "p l", family="priority"),
    _triage(
        "triage.priority.medium", "medium", "Set the priority to medium", "p 2", "p m", family="priority"
    ),
    _triage("triage.priority.high", "high", "Set the priority to high", "p 3", "p h", family="priority"),
    _triage("triage.priority.up", "raise priority", "Raise the priority by one step", "+"),
    _triage("triage.priority.down", "lower priority", "Lower the priority by one step", "-"),
    _triage("triage.assign.me", "me", "Assign to me", "a a", family="assign"),
    _triage("triage.assign.nobody", "nobody", "Assign to nobody", "a x", "A", family="assign"),
    _triage("triage.assign.pick", "pick a member", "Choose who it is assigned to", "a /", family="assign"),
    Command("edit.undo", "undo", "Undo the last change", ("u",), _MAIN, Group.TRIAGE),
    Command("edit.redo", "redo", "Do the undone change again", ("U", "ctrl+r"), _MAIN, Group.TRIAGE),
    _note("note.append", "note", "Add a line to the notes, with the time and your name", "i"),
    _note("note.edit", "edit note", "Edit the notes in your editor", "I"),
    Command(
        "conflict.open",
        "conflicts",
        "Show what waits for your word: conflicts, refused edits, overwrites",
        ("=", "g c"),
        _MAIN,
        Group.CARD,
        family="go",
    ),
    _card("card.mine", "mine", "Keep your value", "h", "left"),
    _card("card.theirs", "theirs", "Take their value", "l", "right"),
    _card("card.mine_all", "all mine", "Keep your value in every conflict of the list", "H"),
    _card("card.theirs_all", "all theirs", "Take their value in every conflict of the list", "L"),
    _card("card.both", "both", "Notes: their text, then what you added", "b"),
    _card("card.edit", "editor", "Notes: put both texts together in your editor", "e"),
    _card("card.send", "send", "Carry out everything that was chosen", "enter"),
    _card("card.drop", "drop mine", "Drop your edit; let an overwritten value be", "d"),
    _card("card.retry", "again", "Send a refused edit again; restore an overwritten value", "r"),
    _card("card.copy", "copy", "Copy your value", "y"),
    _find("filter.open", "filter", "Filter the list as you type", "/"),
    _bar("filter.keep", "keep filter", "Keep the filter and go to the list", "enter"),
    _bar("filter.complete", "complete", "Complete what is typed, or choose the next in the list", "tab"),
    _bar("filter.complete_back", "complete back", "Choose the one before in the list", "shift+tab"),
    _bar("filter.older", "older filter", "Bring the filter used before, or go up in the list", "up"),
    _bar("filter.newer", "newer filter", "Bring the filter used after, or go down in the list", "down"),
    Command(
        "filter.explain",
        "explain filter",
        "Show how the filter is read, and what each of its terms finds",
        ("ctrl+g",),
        _MAIN | _FILTER,
        Group.FIND,
    ),
    Command(
        "filter.drop_term",
        "drop a term",
        "Drop the last term of the filter",
        ("backspace",),
        _LIST,
        Group.FIND,
    ),
    *_SORTS,
    _find("view.save", "save view", "Save the filter and its order as a view", "V"),
    _find("view.previous", "previous view", "Go to the previous view", "[", "ctrl+pageup"),
    _find("view.next", "next view", "Go to the next view", "]", "ctrl+pagedown"),
    _find("view.inbox", "inbox", "Go to the view Inbox", "g i", family="go"),
    _find("view.mine", "mine", "Go to the view Mine", "g m", family="go"),
    _find("view.unassigned", "unassigned", "Go to the view Unassigned", "g u", family="go"),
    _find("view.flagged", "flagged", "Go to the view Flagged", "g f", family="go"),
    _find("view.spam", "spam", "Go to the view Spam", "g x", family="go"),
    _find("view.all", "all", "Go to the view All", "g a", family="go"),
    *_NUMBERED_VIEWS,
    _contact(
        "contact.older", "older, same contact", "Go to the submission before this one by its contact", "("
    ),
    _contact(
        "contact.newer", "newer, same contact", "Go to the submission after this one by its contact", ")"
    ),
    _tab("detail.tab.fields", "fields", "Show the answers", "t f"),
    _tab("detail.tab.notes", "notes", "Show the notes", "t n"),
    _tab("detail.tab.timeline", "timeline", "Show the timeline", "t t"),
    _tab("detail.tab.history", "history", "Show what else the same contact sent", "t h"),
    _tab("detail.tab.conversation", "conversation", "Show the conversation it came from", "t c"),
    _tab("detail.tab.metadata", "metadata", "Show the metadata", "t m"),
    _tab("detail.tab.raw", "raw", "Show the raw JSON", "t j"),
    Command(
        "detail.language",
        "language",
        "Show the answers as they were written, translated, or both",
        ("L",),
        _MAIN,
        Group.DETAIL,
    ),
    _copy("copy.number", "number", "Copy the number", "y n"),
    _copy("copy.id", "id", "Copy the id", "y i"),
    _copy("copy.email", "e-mail", "Copy the e-mail address", "y e"),
    _copy("copy.phone", "phone", "Copy the phone number", "y p"),
    _copy("copy.reply", "reply", "Copy the reply that was drafted or sent", "y r"),
    _copy("copy.json", "JSON", "Copy the submission as JSON", "y j"),
    _display("display.layout", "layout", "Switch to the next layout", "z l"),
    _display("display.grow_list", "larger list", "Give the list more room", "z +"),
    _display("display.shrink_list", "smaller list", "Give the list less room", "z -"),
    _display("display.zoom", "zoom", "Give the whole screen to this pane, or share it again", "z z"),
    _display("display.wrap", "wrap", "Wrap long lines, or cut them", "z w"),
    _display("display.signs", "plain signs", "Use plain letters for signs, or symbols again", "z p"),
    _app("app.palette", "commands", "Search every command by name", ":", "ctrl+p", palette=False),
    _app("app.help", "keys", "Show the keys that work here", "?", "f1"),
    _app("app.sync", "sync", "Synchronise now", "$", "f5"),
    _app("app.redraw", "redraw", "Draw the screen again", "ctrl+l"),
    _app(
        "app.escape",
        "back",
        "Close what is open, leave the input, or drop the filter",
        "escape",
        palette=False,
    ),
    _app("app.back", "back or quit", "Go back one step, or quit from the list", "q"),
    _app("app.quit", "quit", "Quit", "ctrl+q"),
)
"""Every action, in the order it is shown."""

COMMANDS_BY_ID: Final[dict[str, Command]] = {entry.id: entry for entry in COMMANDS}
"""The same, by id."""
