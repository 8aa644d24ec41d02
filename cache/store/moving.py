"""How the rows of an older cache file become rows of this one."""

import sqlite3
import zlib
from typing import Final

from cache.errors import NOT_AS_STORED, CacheBroken
from cache.segments import segment
from cache.store.answers import Answers, decode_answers, encode_answers, joined
from cache.store.index import Index, searched
from cache.store.packing import PLAIN, Packing
from cache.store.raw import decoded, encoded

__all__ = ["index_rows", "pack_rows", "repack_rows"]

_BATCH: Final = 1_000
_SAMPLES: Final = 500
_WINDOW: Final = 15
_END_OF_PART: Final = b"\x00\x00\xff\xff"
_MOST_BYTES: Final = 2**28


def pack_rows(conn: sqlite3.Connection) -> None:
    """Copy `submission` into `packed`, compressed as it was then.

    Which answers there were is not known before the rows are derived again: until then the texts count as
    one answer, and there are no facts.
    """
    for rowid, body, raw in conn.execute("SELECT rowid, body, raw FROM submission"):
        text = raw if isinstance(raw, str) else bytes(raw).decode("utf-8", "replace")
        conn.execute(
            "INSERT INTO packed SELECT rowid, source, id, number, container_id, created, cleaned, who, about,"
            " email, phone, notes, person, x'', raw_hash, ?, ? FROM submission WHERE rowid = ?",
            (*_deflated((("", body),) if body else (), text), rowid),
        )


def index_rows(conn: sqlite3.Connection) -> None:
    """Fill the text indexes from the rows `pack_rows` wrote."""
    index = Index(conn)
    rows = conn.execute(
        "SELECT rowid, who, email, phone, notes, answers, raw, number FROM submission ORDER BY rowid"
    )
    while some := rows.fetchmany(_BATCH):
        for rowid, who, email, phone, notes, answers, raw, number in some:
            body = segment(joined(_inflated({PLAIN: b""}, answers, raw)[0]))
            index.set_texts(rowid, None, searched(who, email, phone, notes, body, number))
        index.flush()


def repack_rows(conn: sqlite3.Connection) -> None:
    """Pack rows that were deflated as they are packed now. Raises CacheBroken when one is damaged."""
    words = {PLAIN: b"", **dict(conn.execute("SELECT id, words FROM dictionary"))}
    packing = Packing(conn)
    conn.execute("DELETE FROM dictionary")
    columns = "SELECT rowid, source, answers, raw FROM submission"
    for (source,) in conn.execute("SELECT DISTINCT source FROM triage").fetchall():
        some = conn.execute(f"{columns} WHERE source = ? ORDER BY rowid DESC LIMIT ?", (source, _SAMPLES))
        packing.number(source, [_inflated(words, *row[2:]) for row in some])
    after = -(2**63)
    while rows := conn.execute(
        f"{columns} WHERE rowid > ? ORDER BY rowid LIMIT {_BATCH}", (after,)
    ).fetchall():
        conn.executemany(
            "UPDATE submission SET answers = ?, raw = ? WHERE rowid = ?",
            [
                (*packing.pack(packing.number(source), *_inflated(words, answers, raw)), rowid)
                for rowid, source, answers, raw in rows
            ],
        )
        after = rows[-1][0]


def _deflated(answers: Answers, raw: str) -> tuple[bytes, bytes]:
    stream = zlib.compressobj(wbits=-_WINDOW)
    first = stream.compress(encoded(encode_answers(answers)))
    first += stream.flush(zlib.Z_SYNC_FLUSH)
    rest = stream.compress(encoded(raw)) + stream.flush()
    return PLAIN.to_bytes(2, "big") + first.removesuffix(_END_OF_PART), rest


def _inflated(words: dict[int, bytes], answers: bytes, raw: bytes) -> tuple[Answers, bytes]:
    try:
        stream = zlib.decompressobj(-_WINDOW, words[int.from_bytes(answers[:2], "big")])
        first = stream.decompress(answers[2:] + _END_OF_PART, _MOST_BYTES)
        rest = stream.decompress(raw, _MOST_BYTES)
        if not stream.eof:
            raise ValueError("the stream is cut off")
        decoded(rest)  # raises for what is no text
        return decode_answers(decoded(first)), rest
    except (ValueError, KeyError, TypeError, zlib.error) as exc:
        raise CacheBroken(NOT_AS_STORED) from exc
