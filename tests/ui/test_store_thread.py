"""The store thread: what changed elsewhere is told, whoever was the first to take it in."""

import sqlite3
import threading
from pathlib import Path

from cache.outbox.outbox import Edit
from cache.query import parse_query
from inbox_tui.store_thread import StoreListener, StoreThread
from inbox_tui.workspace import LocalCopy
from tests.ui.inbox_harness import Home, lone_home


class Listened:
    """A store thread on a filled local copy; what it tells is noted."""

    def __init__(self, home: Home) -> None:
        self.failures = list[Exception]()
        self.changed = threading.Event()
        self.store = StoreThread(home.workspace())

    def __enter__(self) -> "Listened":
        self.store.start()
        self.store.wait_until_open()
        self.store.listen(
            StoreListener(
                answered=lambda then, value: then(value),
                failed=lambda error, otherwise: self.failures.append(error),
                changed=self.changed.set,
                crashed=self.failures.append,  # type: ignore[arg-type]
            )
        )
        return self

    def __exit__(self, *problem: object) -> None:
        self.store.stop()


def test_a_change_taken_in_by_a_job_is_still_told(tmp_path: Path) -> None:
    home, done = lone_home(tmp_path), threading.Event()
    with Listened(home) as listened:
        store = listened.store
        store.submit(lambda local: local.reader.top(parse_query(""), 1).rows[0].key, lambda key: done.set())
        assert done.wait(10)
        with home.local() as other:
            key = other.reader.top(parse_query(""), 1).rows[0].key
            other.outbox.edit("set", [Edit(key, "priority", "low")], other.reader.server)
            done.clear()
            store.submit(lambda local: local.reader.seen(key), lambda seen: done.set())
            assert done.wait(10)
        assert listened.changed.wait(10)


def test_a_call_to_stop_that_sqlite_does_not_forget_stops_nothing_else(tmp_path: Path) -> None:
    """It is forgotten when no statement is under way; one that is left behind keeps it for ever."""
    left_behind = list[sqlite3.Cursor]()
    begun, done = threading.Event(), threading.Event()

    def read(local: LocalCopy) -> None:
        conn = local.reader._conn
        left_behind.append(conn.execute("SELECT 1 UNION SELECT 2"))
        left_behind[0].fetchone()
        begun.set()
        conn.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")

    with Listened(lone_home(tmp_path)) as listened:
        listened.store.submit(read, slot="window", pace="read")
        assert begun.wait(10)
        listened.store.submit(
            lambda local: local.reader.top(parse_query(""), 1), lambda _: done.set(), slot="window"
        )
        assert done.wait(10)
        assert listened.changed.wait(10)
        assert listened.failures == []
