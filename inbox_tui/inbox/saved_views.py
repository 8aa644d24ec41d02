"""Saves the filter as a view, and removes saved ones: in the configuration file, and at once in the list."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cache.query import MeUnknown, Query, QueryError, canonical, parse_query
from cache.query.canonical import order_text
from cache.query.tree import DEFAULT_ORDER
from cache.text import one_line
from inbox_tui.config import Config, ViewConfig
from inbox_tui.screens.picking import PickEntry
from inbox_tui.views import all_views, saved_view
from inbox_tui.workspace import LocalCopy

if TYPE_CHECKING:
    from inbox_tui.screens.inbox import InboxScreen

__all__ = ["SavedViews"]

_REMOVE: Final = "remove-view:"


class SavedViews:
    """Keeps the views of the screen, the configuration file and the filter language at one."""

    def __init__(self, screen: "InboxScreen") -> None:
        self._screen = screen

    # Saving

    def save(self) -> None:
        """Ask for a name, then save the query of the list and its order."""
        screen = self._screen
        query, here = screen.listing.query, screen.listing.view
        if screen.listing.refusal is not None:
            screen.say(str(screen.listing.refusal), "warning")
            return

        from inbox_tui.screens.save_view import SaveViewScreen

        def chosen(name: str | None) -> None:
            if name is not None:
                self._save(name, query)

        views = screen.views
        screen.app.push_screen(
            SaveViewScreen(
                canonical(query),
                screen.app.signs,
                saved=[view.title for view in views if view.group == "saved"],
                others=[name for view in views if view.group != "saved" for name in (view.name, view.title)],
                name=here.title if here.group == "saved" else "",
            ),
            chosen,
        )

    def _save(self, name: str, query: Query) -> None:
        screen = self._screen
        config = screen.app.workspace.config
        text, sort = _parts(query)

        def write(local: LocalCopy) -> tuple[Config | None, str]:
            from inbox_tui.config_check import ConfigError
            from inbox_tui.config_write import set_view

            try:
                _check(local, name, _with_view(config, name, text, sort))
                written = set_view(config.path, name, text, sort)
            except (ConfigError, QueryError) as error:
                return None, f"The view was not saved: {error}"
            _take_in(local, replace(config, views=written.views))
            return written, ""

        def done(config: Config) -> None:
            self._use(config)
            view = saved_view(screen.views, name)
            listing = screen.listing
            if view is not None and canonical(listing.query) == canonical(query):
                listing.view, listing.query_text = view, view.query
                screen.filter_bar.show_query(view.query)
                if listing.is_counted and listing.matching is not None:
                    counts = {**screen.facts.counts, view.name: listing.matching}
                    screen.facts = replace(screen.facts, counts=counts)
            screen.show_views()
            screen.show_totals()
            screen.say(f"saved the view {one_line(name, 60)}")

        self._submit(write, done)

    # Removing

    def entries(self) -> tuple[PickEntry[str], ...]:
        """What the palette offers."""
        return tuple(
            PickEntry(_REMOVE + view.title, f"Remove view: {view.title}", view.query)
            for view in self._screen.views
            if view.group == "saved"
        )

    def runs(self, entry: str) -> bool:
        """Do what was chosen in the palette; False when it is not about saved views."""
        if not entry.startswith(_REMOVE):
            return False
        self._remove(entry.removeprefix(_REMOVE))
        return True

    def _remove(self, name: str) -> None:
        screen = self._screen
        config = screen.app.workspace.config

        def write(local: LocalCopy) -> tuple[Config | None, str]:
            from inbox_tui.config_check import ConfigError
            from inbox_tui.config_write import remove_view

            try:
                written = remove_view(config.path, name)
            except ConfigError as error:
                return None, f"The view was not removed: {error}"
            _take_in(local, replace(config, views=written.views))
            return written, ""

        def done(config: Config) -> None:
            was_here = screen.listing.view == saved_view(screen.views, name)
            self._use(config)
            if was_here:
                screen.actions.open_view(screen.views[0])
            screen.show_views()
            screen.say(f"removed the view {one_line(name, 60)}")

        self._submit(write, done)

    # Both

    def _submit(
        self, write: Callable[[LocalCopy], tuple[Config | None, str]], done: Callable[[Config], None]
    ) -> None:
        screen = self._screen

        def then(answer: tuple[Config | None, str]) -> None:
            config, problem = answer
            if config is None:
                screen.say(problem, "warning")
            else:
                done(config)

        screen.app.store.submit(write, then, otherwise=screen.bottom.say_failed)

    def _use(self, written: Config) -> None:
        """Take in the views that were written; what else changed in the file waits for the next start."""
        app = self._screen.app
        app.workspace = replace(app.workspace, config=replace(app.workspace.config, views=written.views))
        app.store.use(app.workspace)
        screen = self._screen
        here, views = screen.listing.view, all_views(app.workspace.config)
        screen.views = screen.facts_reader.views = views
        screen.listing.view = next((view for view in views if view.name == here.name), views[0])
        screen.facts_reader.changed()


def _parts(query: Query) -> tuple[str, str | None]:
    """The condition of a query and its order, as they are saved."""
    text = canonical(Query("", query.root, limit=query.limit))
    return text, None if query.order == DEFAULT_ORDER else order_text(query.order)


def _with_view(config: Config, name: str, text: str, sort: str | None) -> Config:
    return replace(config, views={**config.views, name: ViewConfig(name, text, sort)})


def _take_in(local: LocalCopy, config: Config) -> None:
    """Let `in:` know the views of a configuration."""
    views = {view.name: view.query for view in all_views(config)}
    local.reader.context = replace(local.reader.context, views=views)


def _check(local: LocalCopy, name: str, config: Config) -> None:
    """Raises QueryError where a saved view cannot be run, as one that refers to itself by way of others."""
    before = local.reader.context
    _take_in(local, config)
    try:
        if (view := saved_view(all_views(config), name)) is not None:
            local.reader.compile(parse_query(view.query))
    except MeUnknown:
        return  # it will be known
    finally:
        local.reader.context = before
