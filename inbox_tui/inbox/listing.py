"""The list of the inbox: which query is shown, its windows, its counts, and the row that is held in place."""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from cache.models import Row
from cache.query import Hint, MeUnknown, Query, QueryError, parse_query
from cache.store.changes import ChangeSet
from cache.store.reader import Window
from inbox_tui.inbox.emptiness import Emptiness
from inbox_tui.inbox.placing import Placing
from inbox_tui.inbox.rereading import Rereading
from inbox_tui.store_thread import ECHO_SECONDS, StoreThread
from inbox_tui.views import View
from inbox_tui.widgets.submission_list import SubmissionList
from inbox_tui.workspace import LocalCopy

__all__ = ["ListController", "ListHost"]

T = TypeVar("T")


class ListHost(Protocol):
    """What the list tells the screen."""

    def list_changed(self) -> None:
        """Rows, position or totals are not what they were."""

    def query_failed(self, error: QueryError) -> None:
        """The query shown cannot be run."""

    def read_failed(self, error: Exception) -> None:
        """Rows could not be read; those on screen stay."""


_MANY: Final = 40_000
"""So many matches are told at once; how many more there are is counted after that."""


class ListController:
    """Keeps the list showing the matches of one query while they change: the first rows, then the count."""

    def __init__(
        self,
        submissions: SubmissionList,
        store: StoreThread,
        view: View,
        host: ListHost,
        later: Callable[[float, Callable[[], None]], Any],
        is_filling: Callable[[], bool],
    ) -> None:
        self._list = submissions
        self._placing = Placing(submissions, is_filling)
        submissions.fetch, submissions.fetch_end = self.more, self._read_end
        self._store = store
        self._host = host
        self.view = view
        self.query_text = ""
        self._query = Query("")
        self._listed = self._query
        """The query whose rows the list holds, while those of a new one are awaited or refused."""
        self._hold: int | None = None
        self.emptiness = Emptiness(submissions, store)
        """What an empty list says."""
        self.is_counted = False
        """False for the first rows of a query, which are shown before the others are counted."""
        self.at_least: int | None = None
        """So many match in any case, where they are many and not counted yet."""
        self.warnings: tuple[Hint, ...] = ()
        """What is worth knowing of the query."""
        self.refusal: QueryError | None = None
        """Why the query cannot be run, as far as that is known."""
        self._is_awaited = False
        """Whether the first rows of another query are on their way."""
        self._rereading = Rereading(0.05, lambda awaited: self.reload(awaited=awaited), later)
        self._extra = 0
        """How many of the rows of the list are only held in their place: one or none."""

    @property
    def is_waiting(self) -> bool:
        """Whether rows are about to be read again."""
        return self._rereading.is_waiting

    @property
    def is_filtered(self) -> bool:
        """Whether something else than the view's own query is shown."""
        return self.query_text.strip() != self.view.query.strip()

    def show_query(self, text: str, around: int | None = None, *, partial: bool = False) -> None:
        """Show the matches of a query from their top, or around a row if it is among them.

        `partial`: it is being typed, and what is open at its end may still come. Raises QueryError when it
        cannot be parsed; then what was shown stays.
        """
        try:
            query = parse_query(text, partial=partial)
        except QueryError:
            self.emptiness.keep_quiet(partial)
            raise
        self.emptiness.keep_quiet(False)
        is_same = partial and (query.root, query.order, query.limit) == (
            self._query.root,
            self._query.order,
            self._query.limit,
        )
        self.query_text = text
        if is_same and self.refusal is None:
            return
        self._query = query
        self._hold = None
        self._placing.forget()
        self._is_awaited = True
        self.is_counted, self.at_least, self.refusal, self.warnings = False, None, None, ()
        if around is None:
            self._start()
        else:
            self.reload(reset=True, around=around)

    # What is shown

    @property
    def matching(self) -> int | None:
        """How many submissions match, None until they were counted. A row that is only held does not."""
        return self._list.total - self._extra if self.is_counted else self.at_least

    @property
    def is_on_held(self) -> bool:
        """Whether the cursor is on a row that is held in its place though it matches no more."""
        row = self._list.cursor_row
        return row is not None and not row.matches

    # Windows

    def _start(self) -> None:
        """Show the first rows of a query and count the others after that."""
        query = self._query
        is_first, early = not self._list.is_loaded, self._store.early
        if is_first and early is not None and early.query == self.query_text:
            self._show(early.window, reset=True)
            self.reload()
            return
        # A letter is answered with what fits on the screen: the rows beyond it come after that.
        fits = self._list.rows_per_screen + 1
        count = max(self._list.wanted_count, 60) if is_first else fits

        def read(local: LocalCopy) -> tuple[Window, bool, tuple[Hint, ...]]:
            reader = local.reader
            if not is_first and reader.compile(query).cubic:
                return reader.window(query, count=count), True, reader.warnings(query)
            window = reader.top(query, count)
            return window, window.is_whole, query.hints if is_first else reader.warnings(query)

        def show(answer: tuple[Window, bool, tuple[Hint, ...]]) -> None:
            if query is self._query:
                window, self.is_counted, self.warnings = answer
                self._show(window, reset=True)
                if not self.is_counted:
                    self._read_on()
                    self._count()

        self._submit(query, read, show, wait=0.0 if is_first else ECHO_SECONDS)

    def _read_on(self) -> None:
        """Read the rows below the screen before any are counted: somebody may go there at once."""
        query, count = self._query, max(self._list.wanted_count, 60)

        def show(window: Window) -> None:
            if query is self._query and not self.is_counted:
                self.is_counted = window.is_whole
                self._show(window, self._list.cursor_row, reset=False)

        self._store.submit(lambda local: local.reader.top(query, count), show, slot="below", pace="aside")

    def _count(self) -> None:
        """Find out how many match: soon that they are many, then how many."""
        query = self._query

        def said(number: int) -> None:
            if query is not self._query or self.is_counted:
                return
            if number <= _MANY:
                self.reload()
                return
            self.at_least = _MANY
            self._host.list_changed()
            self._store.submit(lambda local: local.reader.count(query), counted, slot="count", pace="aside")

        def counted(_: int) -> None:
            if query is self._query and not self.is_counted:
                self.reload()

        self._store.submit(
            lambda local: local.reader.count_at_least(query, _MANY), said, slot="count", pace="aside"
        )

    def reload(self, *, reset: bool = False, around: int | None = None, awaited: bool = True) -> None:
        """Read the rows around the cursor again; with `reset` those of another list, around a row of it.

        Those that nobody awaits are read when there is nothing else to do.
        """
        query = self._query
        row = None if reset else self._list.cursor_row
        place = self._list.cursor_position
        first = 0 if reset else max(0, self._list.visible_range.start - self._list.wanted_count // 3)
        count = max(self._list.wanted_count, 60)

        def read(local: LocalCopy) -> Window:
            at = row.rowid if row is not None else around
            # What is held by now: it may be done after an edit that was made while it waited for its turn.
            return local.reader.window(query, count=count, first=first, around=at, hold=self._hold)

        def show(window: Window) -> None:
            if query is self._query:
                self.is_counted = True
                self._show(window, row, place, reset=reset)

        self._submit(query, read, show, awaited=awaited)

    def _submit(
        self,
        query: Query,
        read: Callable[[LocalCopy], T],
        show: Callable[[T], None],
        *,
        awaited: bool = True,
        wait: float = 0.0,
    ) -> None:
        """Read for the whole list, in place of such a read before it."""
        number = self._rereading.begun(stays=awaited)
        self._store.submit(
            read,
            self._rereading.taking(number, show),
            otherwise=self._rereading.taking(number, self.failed_of(query)),
            slot="window",
            pace="read" if awaited else "aside",
            wait=wait,
        )

    def more(self, wanted: SubmissionList.WindowWanted) -> None:
        """Read rows the list has scrolled to, of the query that it holds; none while others are awaited."""
        if self._is_awaited:
            return
        query, hold = self._listed, self._hold
        is_part, total = self._list.is_partial, self._list.total

        def read(local: LocalCopy) -> Window:
            if is_part:
                return local.reader.top(query, total)
            return local.reader.window(
                query, count=wanted.count, first=wanted.first, hold=hold, known=wanted.known
            )

        def show(window: Window) -> None:
            if query is not self._listed or is_part != self._list.is_partial:
                return
            lacks_rows = self._list.lacks_rows
            if query is not self._query or window.generation == self._list.generation:
                self._list.show(window)
            elif self._rereading.may_begin(awaited=lacks_rows):  # else what is being read shows this state
                self.reload(awaited=lacks_rows)

        self._store.submit(
            read,
            show,
            otherwise=self.failed_of(self._query),
            slot="more",
            pace="read",
            wait=ECHO_SECONDS if self._list.lacks_rows else 0.0,
        )

    def _read_end(self, first: int, count: int) -> None:
        """Read rows at an end of the list in spare time: somebody may go there at once."""
        query, hold = self._query, self._hold
        if query is not self._listed:
            return

        def keep(window: Window) -> None:
            if (query, hold) != (self._listed, self._hold):
                return
            if window.generation != self._list.generation:
                self.changed(None, awaited=False)
            else:
                self._list.keep_end(window)

        self._store.submit(
            lambda local: local.reader.window(query, count=count, first=first, hold=hold),
            keep,
            otherwise=lambda _: None,  # nobody asked; who goes there asks for them and is told
            slot="first" if first == 0 else "last",
            pace="aside",
        )

    def _show(self, window: Window, row: Row | None = None, place: int = 0, *, reset: bool) -> None:
        """Take rows in; `row` was under the cursor at `place` when they were asked for."""
        self._count_held(window)
        self._listed, self._is_awaited = self._query, False
        self._placing.show(window, row, place, reset=reset, is_last=not self._rereading.is_waiting)
        self.emptiness.explain(
            self._query,
            None if self.is_filtered else self.view.title,
            is_counted=self.is_counted,
            warnings=self.warnings,
        )
        self._host.list_changed()

    def _count_held(self, window: Window) -> None:
        self._extra = int(window.held is not None)

    def failed_of(self, query: Query) -> Callable[[Exception], None]:
        """Tells of a failure to read rows, as long as the query is this one."""

        def failed(error: Exception) -> None:
            if query is self._query:
                self._failed(error)

        return failed

    def _failed(self, error: Exception) -> None:
        if isinstance(error, QueryError):
            self.refusal = error
            self.emptiness.refused(error)
            if isinstance(error, MeUnknown):
                self._list.show(Window(0, (), 0, self._list.generation or 0), reset=True)
            self._host.query_failed(error)
        else:
            self._host.read_failed(error)
        if self._is_awaited:
            self._is_awaited = False
            self._list.ask_again()

    # Held rows

    def hold(self, rowid: int | None) -> None:
        """Keep a row in its place although it may no longer match, until the cursor leaves it."""
        self._hold = rowid

    def cursor_moved(self, row: Row | None) -> None:
        """The cursor is somewhere else: a held row that it left goes."""
        self._placing.look()
        if self._hold is not None and row is not None and row.rowid != self._hold:
            self._hold = None
            self.changed(None)

    def go_to(self, rowid: int) -> None:
        """Put the cursor on a row, held in place even if it does not match."""
        query = self._query
        self._hold = rowid
        self._list.forget_ends()
        count = max(self._list.wanted_count, 60)

        def show(window: Window) -> None:
            if query is not self._query:
                return
            if window.cursor is not None:
                self._count_held(window)
                is_other = query is not self._listed
                self._listed, self.is_counted, self._is_awaited = query, True, False
                self._list.show(window, cursor=window.cursor, reset=is_other)
                self._host.list_changed()
            elif self._is_awaited:  # the row is gone, and asking for it called the first rows off
                self._start()
            else:
                self.reload()  # it called that off, perhaps

        self._submit(
            query, lambda local: local.reader.window(query, count=count, around=rowid, hold=rowid), show
        )

    # News

    def changed(self, change: ChangeSet | None, *, awaited: bool = True) -> None:
        """Something is not what it was: read again soon, many pieces of news at once."""
        if change is not None and change.arrived:
            self._placing.arrived()
        self._rereading.changed(awaited=awaited)

    @property
    def query(self) -> Query:
        """The query that is shown."""
        return self._query
