"""How the rows of an older cache file become rows of this one."""

import sqlite3

from cache.store.answers import joined
from cache.store.index import Index, Searched
from cache.store.packing import PLAIN, Packing

__all__ = ["index_rows", "pack_rows"]

_BATCH = 1_000


def pack_rows(conn: sqlite3.Connection) -> None:
    """Copy `submission` into `packed`, compressed.

    Which answers there were is not known before the rows are derived again: until then the texts count as
    one answer, and there are no facts.
    """
    packing = Packing(conn)
    for rowid, body, raw in conn.execute("SELECT rowid, body, raw FROM submission"):
        text = raw if isinstance(raw, str) else bytes(raw).decode("utf-8", "replace")
        conn.execute(
            "INSERT INTO packed SELECT rowid, source, id, number, container_id, created, cleaned, who, about,"
            " email, phone, notes, person, x'', raw_hash, ?, ? FROM submission WHERE rowid = ?",
            (*packing.pack(PLAIN, (("", body),) if body else (), text), rowid),
        )


def index_rows(conn: sqlite3.Connection) -> None:
    """Fill the text indexes from the rows."""
    packing, index = Packing(conn), Index(conn)
    rows = conn.execute(
        "SELECT rowid, who, email, phone, notes, answers, number FROM submission ORDER BY rowid"
    )
    while some := rows.fetchmany(_BATCH):
        for rowid, who, email, phone, notes, answers, number in some:
            body = joined(packing.answers(answers))
            index.set_texts(rowid, None, Searched(who, email, phone, notes, body, number))
        index.flush()
