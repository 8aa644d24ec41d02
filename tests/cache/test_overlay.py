"""The edits laid over the server's values are brought up to date by steps, and are what a new look gives."""

from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.models import EditState, Key
from cache.schema import CACHE, open_database, transaction
from cache.store.overlay import Overlay
from tests.cache.making import LocalCopy, fetched, scratch

NAMES = ("a", "b", "later")
names = st.sampled_from(NAMES)
steps = st.one_of(
    st.tuples(st.just("shown"), names, st.sampled_from(["new", "read", "resolved"])),
    st.tuples(st.just("noted"), names, st.sampled_from(["one", "two"])),
    st.tuples(st.just("removed"), names, st.none()),
    st.tuples(st.just("edited"), names, st.sampled_from(["high", "low", "none"])),
    st.tuples(st.just("flagged"), names, st.booleans()),
    st.tuples(st.just("sent"), names, st.sampled_from([EditState.SENDING, EditState.CONFLICT])),
    st.tuples(st.just("settled"), names, st.none()),
    st.tuples(st.just("looked"), names, st.none()),
)


def take(local: LocalCopy, kind: str, name: str, value: Any) -> None:
    key = Key("acme", name)
    local.moment += 1
    if kind in ("shown", "noted"):
        changes = {"status": value} if kind == "shown" else {"notes": value}
        local.writer.apply("acme", [fetched(name, **changes)], local.moment)
    elif kind == "removed":
        local.writer.remove("acme", [name])
    elif kind == "edited" and local.reader.server(key) is not None:
        local.edit(name, priority=value)
    elif kind == "flagged" and local.reader.server(key) is not None:
        local.edit(name, flagged=value)
    elif kind == "sent":
        for edit in local.outbox.registers.of(key):
            local.put(edit, state=value)
    elif kind == "settled":
        with transaction(local.outbox_file):
            local.outbox.registers.drop(key, "priority")
    elif kind == "looked":
        local.reader.refresh()


@pytest.mark.slow
@settings(max_examples=150)
@given(st.lists(steps, min_size=6, max_size=20))
def test_what_was_taken_in_step_by_step_is_what_a_new_look_gives(program: list[tuple[str, str, Any]]) -> None:
    with scratch() as directory, LocalCopy(directory) as local:
        local.show(*(fetched(name) for name in NAMES[:2]))
        for step in program:
            take(local, *step)
        local.reader.refresh()
        own = local.reader._overlay
        with closing(open_database(directory, CACHE)) as conn:
            other = Overlay(conn, local.outbox)
            other.reload(0)
            assert list(own.pending.items()) == list(other.pending.items())
            assert own.rows == other.rows
            assert own._signs == other._signs
            for table in ("edited", "before"):
                statement = f"SELECT * FROM temp.{table} ORDER BY rowid"
                assert own._conn.execute(statement).fetchall() == conn.execute(statement).fetchall()
