"""Submissions and a local copy of them for the tests: real files, a clock that only moves when told."""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from cache.files import private_directory, private_file
from cache.models import Contact, Decoder, Field, Key, PendingEdit, Submission, Triage
from cache.outbox import Edit, EditResult, Outbox
from cache.query import parse_query
from cache.schema import CACHE, OUTBOX, open_database, transaction
from cache.store import ChangeSet, Reader, Writer
from cache.store.packing import Packing
from cache.sync.remote import FetchedSubmission
from tests.cache.indexes import cube_of, fresh_index, index_of

__all__ = [
    "DECODERS",
    "NOW",
    "LocalCopy",
    "Wall",
    "decode",
    "fetched",
    "interruption",
    "make_files",
    "scratch",
    "submission",
]

NOW = 1_779_444_840
"""22 May 2026, 10:14 UTC."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory that is gone afterwards; in memory where that can be, for many short examples."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="inbox-tui-", dir=place, ignore_cleanup_errors=True) as directory:
        yield Path(directory)


class Wall:
    """A wall clock that stands still."""

    def __init__(self, at: float = NOW) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def decode(raw: Mapping[str, Any], source: str) -> Submission:
    """The decoder of the small wire format these tests use."""
    return Submission(
        source=source,
        provider="plain",
        id=raw["id"],
        created_at=datetime.fromtimestamp(raw["created"], UTC),
        number=raw["number"],
        container_id=raw["container"],
        status=raw["status"],
        priority=raw["priority"],
        flagged=raw["flagged"],
        assignee_id=raw["assignee"],
        notes=raw["notes"],
        contact=Contact(*raw["contact"]),
        fields=tuple(Field(*field) for field in raw["fields"]),
    )


DECODERS = {"plain": decode}


def fetched(
    name: str = "id-1",
    *,
    source: str = "acme",
    created: float = NOW - 3600,
    number: int | None = None,
    container: str | None = None,
    status: str = "new",
    priority: str = "none",
    flagged: bool = False,
    assignee: str | None = None,
    notes: str | None = None,
    contact: Sequence[str | None] = ("Ada Lovelace", "ada@example.com", None),
    fields: Iterable[Sequence[Any]] = (("message", "form_textarea", "Message", "We need forty seats", 1),),
) -> FetchedSubmission:
    """A submission as a source would show it."""
    raw = {
        "id": name,
        "created": created,
        "number": number,
        "container": container,
        "status": status,
        "priority": priority,
        "flagged": flagged,
        "assignee": assignee,
        "notes": notes,
        "contact": list(contact),
        "fields": [list(field) for field in fields],
    }
    return FetchedSubmission(decode(raw, source), json.dumps(raw))


def interruption(step: int) -> Callable[[], int]:
    """A progress handler that interrupts the connection once, the `step`-th time it is asked."""
    calls = count(1)
    return lambda: int(next(calls) == step)


def submission(**changes: Any) -> Submission:
    """A submission alone."""
    return fetched(**changes).submission


@cache
def _new_files() -> dict[str, bytes]:
    """Both files as they are when new: made once, for migrations take most of a short test."""
    with tempfile.TemporaryDirectory() as directory:
        for kind in (CACHE, OUTBOX):
            open_database(Path(directory), kind).close()
        return {kind.name: (Path(directory) / kind.name).read_bytes() for kind in (CACHE, OUTBOX)}


def make_files(directory: Path) -> None:
    """Put both files, new and empty, into a directory."""
    private_directory(directory)
    for name, content in _new_files().items():
        private_file(directory / name).write_bytes(content)


class LocalCopy:
    """Both files of a directory with a writer, a reader and an outbox on them. Close it when done."""

    def __init__(
        self,
        directory: Path,
        *,
        sources: Sequence[str] = ("acme",),
        summaries: Mapping[str, Sequence[str]] | None = None,
        me: Mapping[str, str] | None = None,
        zone: tzinfo = UTC,
        views: Mapping[str, str] | None = None,
        decoders: Mapping[str, Decoder] | None = None,
    ) -> None:
        self.directory = directory
        if not directory.exists() or not any(directory.iterdir()):
            make_files(directory)
        self.wall = Wall()
        self.moment = 0
        self.cache: sqlite3.Connection = open_database(directory, CACHE)
        self.writer = Writer(self.cache, wall=self.wall, summaries=summaries)
        self.outbox_file: sqlite3.Connection = open_database(directory, OUTBOX)
        self.outbox = Outbox(self.outbox_file, wall=self.wall)
        self.reader = Reader(
            open_database(directory, CACHE),
            self.outbox,
            sources=sources,
            decoders=decoders or DECODERS,
            me=me,
            wall=self.wall,
            zone=zone,
            views=views,
        )
        for name in sources:
            self.writer.sources.ensure(name, "plain")

    def __enter__(self) -> "LocalCopy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.reader.close()
        self.outbox.close()
        self.cache.close()

    def show(self, *items: FetchedSubmission, as_of: int | None = None) -> ChangeSet:
        """The sources of the items show them, later than everything before unless `as_of` says when."""
        self.moment += 1
        changes = ChangeSet()
        for source in dict.fromkeys(item.submission.source for item in items):
            page = [item for item in items if item.submission.source == source]
            changes |= self.writer.apply(source, page, self.moment if as_of is None else as_of)
        self.reader.refresh()
        return changes

    def edit(self, name: str, *, source: str = "acme", saw: Triage | None = None, **wants: Any) -> EditResult:
        """One gesture on one submission: field=value."""
        key = Key(source, name)
        edits = [Edit(key, field, want, saw) for field, want in wants.items()]  # type: ignore[arg-type]
        result = self.outbox.edit("edited", edits, self.reader.server)
        self.reader.refresh()
        return result

    def seen(self, name: str, source: str = "acme") -> Triage:
        """What a person sees of a submission that is held."""
        self.reader.refresh()
        seen = self.reader.seen(Key(source, name))
        assert seen is not None
        return seen

    def ids(self, query: str = "") -> list[str]:
        """The ids a query lists, in order."""
        self.reader.refresh()
        found = self.reader.rows(self.reader.rowids(parse_query(query)))
        return [row.key.id for row in found]

    def wants(self) -> dict[tuple[str, str], Any]:
        """The wanted value of every unsettled edit, by id and field."""
        return {(edit.key.id, edit.field): edit.want for edit in self.outbox.pending()}

    def pending(self) -> PendingEdit:
        """The one unsettled edit."""
        (edit,) = self.outbox.pending()
        return edit

    def put(self, edit: PendingEdit, **changes: Any) -> None:
        """Bring an edit into the state the engine would leave it in."""
        with transaction(self.outbox_file):
            self.outbox.registers.put(replace(edit, **changes))

    def history(self) -> list[tuple[Any, ...]]:
        """All that was ever written down of the person's changes: kind, before and after come first."""
        return self.outbox_file.execute(
            "SELECT kind, before, after, seq, gesture, source, submission_id, field, at, clock"
            " FROM history ORDER BY seq"
        ).fetchall()

    def rows(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """All that is held of each submission, without the place it has in the file."""
        found = self.cache.execute(
            "SELECT s.source, s.id, s.number, s.container_id, s.created, s.cleaned, s.who, s.about, s.email,"
            " s.phone, s.notes, s.answers, s.raw_hash, s.raw, t.source, t.status, t.priority, t.flagged,"
            " t.assignee_id, t.presence, t.as_of FROM submission s JOIN triage t ON t.rowid = s.rowid"
        ).fetchall()
        packing = Packing(self.cache)
        return {
            (row[0], row[1]): (
                *row[2:11],
                packing.answers(row[11]),
                row[12],
                packing.raw(row[11], row[13]).decode(),
                *row[14:],
            )
            for row in found
        }

    def falsify(self, name: str, old: str, new: str) -> None:
        """Change the stored JSON text of a submission as a damaged disk would, its hash left as it is."""
        packing = Packing(self.cache)
        rowid, *packed = self.cache.execute(
            "SELECT rowid, answers, raw FROM submission WHERE id = ?", (name,)
        ).fetchone()
        raw = packing.raw(*packed).replace(old.encode(), new.encode())
        changed = packing.pack(0, packing.answers(packed[0]), raw)
        self.cache.execute("UPDATE submission SET answers = ?, raw = ? WHERE rowid = ?", (*changed, rowid))

    def check_index(self) -> None:
        """Look whether the indexes are sound and speak of the rows there are; sqlite3.Error when not."""
        for index in ("search", "ident", "contact"):
            self.cache.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        assert index_of(self.cache) == fresh_index(self.cache, decode)
        kept, counted = cube_of(self.cache)
        assert kept == counted
        assert 0 not in kept.values()
