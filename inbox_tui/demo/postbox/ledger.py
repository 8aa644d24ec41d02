"""Direct access to Postbox data for tests: the truth, arrivals, and the service's own changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import Generator, to_micros
from inbox_tui.demo.live import plan_columns
from inbox_tui.demo.postbox import wire
from inbox_tui.demo.postbox.catalogue import form_id
from inbox_tui.demo.postbox.seeding import FRESH, insert_row
from inbox_tui.demo.wire import compact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from inbox_tui.demo.database import Database
    from inbox_tui.demo.postbox.quirks import Profile

__all__ = ["Ledger"]


class Ledger:
    """Reads and writes the tables without going through HTTP."""

    def __init__(self, database: Database, seed: int) -> None:
        self._database = database
        self._seed = seed

    def form_id(self, slug: str) -> str:
        """Return the id of a generated form: `contact`, `bestellung`, `newsletter`, `support`, `empty`."""
        return form_id(self._seed, slug)

    def submissions(self, form: str, profile: Profile = "A") -> list[dict[str, Any]]:
        """Return a form's submissions as wire objects, spam included, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM postbox_submissions WHERE form_id = ? ORDER BY created_at DESC, id DESC",
                (form,),
            )
            return [wire.submission(row, profile) for row in rows]

    def add(self, form: str, data: Mapping[str, Any], now: datetime) -> str:
        """Let a pending submission with exactly these answers arrive and return its id."""
        with self._database.transaction() as connection:
            highest = connection.execute("SELECT max(seq) FROM postbox_submissions").fetchone()[0]
            identifier = Generator(self._seed, now, f"postbox added {highest}").uuid()
            row = {**FRESH, **plan_columns(()), "data": compact(data), "metadata": "{}"}
            insert_row(connection, identifier, form, row, to_micros(now))
        return identifier

    def change(self, submission: str, **columns: Any) -> None:  # noqa: ANN401
        """Set columns of `FRESH` on a submission, as processing would; planned steps are dropped.

        Raises:
            ValueError: there is no such column.
        """
        strange = set(columns) - set(FRESH)
        if strange:
            message = f"no column is called {', '.join(sorted(strange))}"
            raise ValueError(message)
        changed = {**columns, **plan_columns(())}
        marks = ", ".join(f"{name} = :{name}" for name in changed)
        with self._database.transaction() as connection:
            update = f"UPDATE postbox_submissions SET {marks} WHERE id = :id"  # noqa: S608 - names checked
            connection.execute(update, {**changed, "id": submission})

    def add_forms(self, count: int, now: datetime) -> list[str]:
        """Make many empty public forms and return their ids, oldest first."""
        generator = Generator(self._seed, now, f"postbox forms {count}")
        rows = [(generator.uuid(), f"Form {number}", f"form-{number}") for number in range(count)]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO postbox_forms (id, account, name, slug, visibility, fields, created_at)"
                " VALUES (?, 'acme', ?, ?, 'public', '[]', ?)",
                [(*row, to_micros(now)) for row in rows],
            )
        return [row[0] for row in rows]

    def delete_form(self, form: str) -> None:
        """Delete a form with its submissions, as its owner can in the dashboard."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM postbox_forms WHERE id = ?", (form,))
