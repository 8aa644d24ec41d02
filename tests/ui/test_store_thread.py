"""The store thread: what changed elsewhere is told, whoever was the first to take it in."""

import threading
from pathlib import Path

from cache.outbox.outbox import Edit
from cache.query import parse_query
from inbox_tui.store_thread import StoreListener, StoreThread
from tests.ui.inbox_harness import lone_home


def test_a_change_taken_in_by_a_job_is_still_told(tmp_path: Path) -> None:
    home = lone_home(tmp_path)
    told, done = threading.Event(), threading.Event()
    store = StoreThread(home.workspace())
    store.start()
    store.wait_until_open()
    store.listen(
        StoreListener(
            answered=lambda then, value: then(value),
            failed=lambda error, otherwise: None,
            changed=told.set,
            crashed=lambda error: None,
        )
    )
    try:
        store.submit(lambda local: local.reader.top(parse_query(""), 1).rows[0].key, lambda key: done.set())
        assert done.wait(10)
        with home.local() as other:
            key = other.reader.top(parse_query(""), 1).rows[0].key
            other.outbox.edit("set", [Edit(key, "priority", "low")], other.reader.server)
            done.clear()
            store.submit(lambda local: local.reader.seen(key), lambda seen: done.set())
            assert done.wait(10)
        assert told.wait(10)
    finally:
        store.stop()
