"""The views a person can go to: the standing ones, those saved in the configuration, one for each source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from cache.text import one_line
from inbox_tui.config import Config

__all__ = ["DEFAULT_VIEW", "View", "ViewGroup", "all_views", "find_view", "no_view", "saved_view"]

ViewGroup = Literal["views", "saved", "sources"]

DEFAULT_VIEW: Final = "inbox"
"""The view the inbox opens on."""

_STANDING: Final = (
    (DEFAULT_VIEW, "Inbox", "is:open"),
    ("mine", "Mine", "is:open is:mine"),
    ("unassigned", "Unassigned", "is:open is:unassigned"),
    ("flagged", "Flagged", "is:open is:flagged"),
    ("spam", "Spam", "is:spam"),
    ("resolved", "Resolved", "is:resolved"),
    ("all", "All", ""),
)


@dataclass(frozen=True, slots=True)
class View:
    """A named query."""

    name: str
    """What `--view` takes; no two views share one."""
    title: str
    """What the list of views shows; a saved or source view's own name, not cleaned for display."""
    query: str
    """In the filter language; it may end in a `sort:`."""
    group: ViewGroup


def all_views(config: Config) -> tuple[View, ...]:
    """Every view in the order they are listed: standing, saved, then sources.

    A saved view or source whose name is taken is named with its group before it, as in `saved:inbox`.
    """
    views = [View(name, title, query, "views") for name, title, query in _STANDING]
    for saved in config.views.values():
        query = f"{saved.query} sort:{saved.sort}" if saved.sort else saved.query
        views.append(View(_free(saved.name, "saved", views), saved.name, query, "saved"))
    for source in config.sources:
        name = _free(source, "sources", views)
        views.append(View(name, source, f"is:open source:{source}", "sources"))
    return tuple(views)


def find_view(views: Iterable[View], name: str) -> View | None:
    """The view of a name, capitals ignored where that leaves no doubt; None when there is none."""
    views = tuple(views)
    for view in views:
        if view.name == name:
            return view
    alike = [view for view in views if view.name.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def saved_view(views: Iterable[View], title: str) -> View | None:
    """The saved view of a name as the configuration has it."""
    return next((view for view in views if view.group == "saved" and view.title == title), None)


def no_view(views: Iterable[View], name: str) -> str:
    """The sentence for a name that is no view's: the nearest one there is, else all of them."""
    import difflib  # only when something is misspelt

    names = [one_line(view.name, 60) for view in views]
    near = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Views: {', '.join(names)}."
    return f'There is no view "{one_line(name, 60)}". {hint}'


def _free(name: str, group: ViewGroup, views: Iterable[View]) -> str:
    taken = {view.name for view in views}
    free = name
    while free in taken:
        free = f"{group}:{free}"
    return free
