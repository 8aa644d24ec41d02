"""What finds submissions: words and beginnings of words, parts of addresses and numbers, facts, people.

Nothing here reads a submission's columns by itself: an index without content forgets a text only when it is
told exactly that text again. Changes are gathered and written together at the end of a transaction, because
any statement with a trigger in between would make the text indexes write what they have so far.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from cache.names import fold
from cache.segments import segment
from cache.store.contact import ascii_digits
from cache.store.facts import Facts, IndexedFacts
from cache.store.inserting import insert_rows

__all__ = ["Index", "Searched", "dialled", "searched"]

_MOST_NAMES: Final = 8_000
"""So many words of facts are remembered with their numbers."""
_NOT_DIALLED: Final = re.compile(r"[^0-9+]+")


class Searched(NamedTuple):
    """The texts of a submission as the text index takes them, and its number; `searched` makes it."""

    who: str
    email: str
    phone: str
    notes: str
    body: str
    number: int | None


def searched(
    who: str, email: str | None, phone: str | None, notes: str | None, body: str, number: int | None
) -> Searched:
    """What is searched of a submission, by its texts as they are stored; `body` comes from `segment`."""
    return Searched(segment(who), email or "", phone or "", segment(notes) if notes else "", body, number)


def dialled(phone: str) -> str:
    """The digits and plus signs of a phone number, which is all that is compared of it."""
    return _NOT_DIALLED.sub("", ascii_digits(phone))


class Index:
    """The indexes over the submissions, on the writing connection."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._terms: dict[tuple[str, str], int] = {}
        self._labels: dict[str, int] = {}
        self._out: list[tuple[int, Searched]] = []
        self._in: list[tuple[int, Searched]] = []
        self._untag: list[tuple[int, int]] = []
        self._tag: defaultdict[int, list[int]] = defaultdict(list)
        """By fact, the rows that have it now."""
        self._unmeasure: list[tuple[int, float, int]] = []
        self._measure: list[tuple[int, float, int]] = []

    def forget(self) -> None:
        """A transaction was rolled back: nothing of it is to be written, numbers given in it are void."""
        self._terms.clear()
        self._labels.clear()
        self._tag.clear()
        for changes in (self._out, self._in, self._untag, self._unmeasure, self._measure):
            changes.clear()

    def set_texts(self, rowid: int, old: Searched | None, new: Searched | None) -> None:
        """The texts of a row are `new` now; None is no row."""
        if old == new:
            return
        if old is not None:
            self._out.append((rowid, old))
        if new is not None:
            self._in.append((rowid, new))

    def set_facts(self, rowid: int, old: IndexedFacts, new: IndexedFacts) -> None:
        """The facts of a row are `new` now."""
        self._untag += [(term, rowid) for term in old.terms - new.terms]
        for term in new.terms - old.terms:
            self._tag[term].append(rowid)
        self._unmeasure += [(*measure, rowid) for measure in old.measures - new.measures]
        self._measure += [(*measure, rowid) for measure in new.measures - old.measures]

    def numbered(self, facts: Facts) -> IndexedFacts:
        """Facts by numbers; words that are new get one."""
        label = self._labels.get
        for name in facts.labels:
            if label(name) is None:
                self._label(name)
        term = self._terms.get
        return IndexedFacts(
            frozenset([term(tag) or self._term(tag) for tag in facts.tags]),
            frozenset([(label(name) or self._label(name), value) for name, value in facts.measures]),
        )

    def add_facts(self, rowid: int, facts: Facts) -> IndexedFacts:
        """Number the facts of a row that had none, and gather them."""
        numbered = self.numbered(facts)
        for term in numbered.terms:
            self._tag[term].append(rowid)
        self._measure += [(name, value, rowid) for name, value in numbered.measures]
        return numbered

    def flush(self) -> None:
        """Write what has gathered; the last thing before a transaction ends."""
        self._flush_facts()
        self._flush_texts()

    def _flush_texts(self) -> None:
        run = self._conn.executemany
        run(
            "INSERT INTO search (search, rowid, who, email, phone, notes, body)"
            " VALUES ('delete', ?, ?, ?, ?, ?, ?)",
            [(rowid, *texts[:5]) for rowid, texts in self._out],
        )
        run(
            "INSERT INTO ident (ident, rowid, email, phone, number) VALUES ('delete', ?, ?, ?, ?)",
            _identifiers(self._out),
        )
        self._in.sort(key=_rowid)
        # One by one: a text index writes what it has gathered at the end of a statement of many rows.
        run(
            "INSERT INTO search (rowid, who, email, phone, notes, body) VALUES (?, ?, ?, ?, ?, ?)",
            [(rowid, *texts[:5]) for rowid, texts in self._in],
        )
        run("INSERT INTO ident (rowid, email, phone, number) VALUES (?, ?, ?, ?)", _identifiers(self._in))
        self._out.clear()
        self._in.clear()

    def _flush_facts(self) -> None:
        run = self._conn.executemany
        run("DELETE FROM tagged WHERE term = ? AND submission = ?", self._untag)
        run("DELETE FROM measured WHERE label = ? AND value = ? AND submission = ?", self._unmeasure)
        insert_rows(
            self._conn,
            "INSERT OR IGNORE INTO tagged (term, submission)",
            [(term, rowid) for term in sorted(self._tag) for rowid in sorted(self._tag[term])],
        )
        insert_rows(
            self._conn,
            "INSERT OR IGNORE INTO measured (label, value, submission)",
            sorted(self._measure),
        )
        if self._untag:
            self._remove_unused({term for term, _ in self._untag})
        self._tag.clear()
        for changes in (self._untag, self._unmeasure, self._measure):
            changes.clear()

    def _remove_unused(self, terms: Iterable[int]) -> None:
        """Forget words that no submission has any more: they may say something of the person."""
        gone = [
            term
            for term in terms
            if self._conn.execute("SELECT 1 FROM tagged WHERE term = ? LIMIT 1", (term,)).fetchone() is None
        ]
        self._conn.executemany("DELETE FROM term WHERE id = ?", [(term,) for term in gone])
        if gone:
            self._terms.clear()

    def _term(self, tag: tuple[str, str]) -> int:
        number = self._number("term", "name, value", tag)
        if len(self._terms) >= _MOST_NAMES:
            self._terms.clear()
        self._terms[tag] = number
        return number

    def _label(self, name: str) -> int:
        number = self._number("label", "name", (name,))
        if len(self._labels) >= _MOST_NAMES:
            self._labels.clear()
        self._labels[name] = number
        return number

    def _number(self, table: str, columns: str, values: tuple[str, ...]) -> int:
        """The number of a word in its table, a new one when the word is new."""
        marks = ",".join("?" * len(values))
        made = self._conn.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", values)
        if made.rowcount and made.lastrowid is not None:
            return made.lastrowid
        found = self._conn.execute(f"SELECT id FROM {table} WHERE ({columns}) = ({marks})", values)
        return int(found.fetchone()[0])


def _rowid(change: tuple[int, Searched]) -> int:
    return change[0]


def _identifiers(changes: Iterable[tuple[int, Searched]]) -> Iterable[tuple[object, ...]]:
    for rowid, texts in changes:
        values = (
            fold(texts.email) if texts.email else "",
            dialled(texts.phone),
            str(texts.number) if texts.number is not None else "",
        )
        if any(values):
            yield rowid, *values
