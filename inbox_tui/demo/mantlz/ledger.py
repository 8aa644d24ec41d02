"""Direct access to Mantlz data for tests: the truth, a new arrival, a form that goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import seeded, to_micros
from inbox_tui.demo.mantlz.catalogue import FORMS, form_id, schema_fields
from inbox_tui.demo.mantlz.reads import wire_row
from inbox_tui.demo.mantlz.seeding import cuid, insert_row
from inbox_tui.demo.wire import compact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from inbox_tui.demo.database import Database

__all__ = ["Ledger"]


class Ledger:
    """Reads and writes the tables without going through HTTP."""

    def __init__(self, database: Database, seed: int) -> None:
        self._database = database
        self._seed = seed

    def form_id(self, slug: str, account: str = "pro") -> str:
        """Return the id of a generated form, e.g. `contact`; accounts are `pro`, `standard`, `free`."""
        return form_id(self._seed, account, slug)

    def forms(self, account: str = "pro") -> list[str]:
        """Return the ids of an account's forms, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM mantlz_forms WHERE account = ? ORDER BY created_at DESC, id DESC", (account,)
            )
            return [row["id"] for row in rows]

    def submissions(self, form: str, plan: str = "PRO") -> list[dict[str, Any]]:
        """Return a form's submissions as wire objects, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM mantlz_submissions WHERE form_id = ? ORDER BY created_at DESC, id DESC",
                (form,),
            )
            return [wire_row(row, plan) for row in rows]

    def add(self, form: str, data: Mapping[str, Any], now: datetime) -> str:
        """Let a submission with exactly these answers arrive and return its id.

        Raises:
            sqlite3.IntegrityError: the form has a submission with this e-mail, or does not exist.
        """
        with self._database.transaction() as connection:
            count = connection.execute("SELECT count(*) FROM mantlz_submissions").fetchone()[0]
            rng = seeded("mantlz added", self._seed, count, now)
            return insert_row(connection, rng, form, data, to_micros(now))

    def add_forms(self, count: int, now: datetime, account: str = "pro") -> list[str]:
        """Make many empty forms and return their ids, oldest first."""
        fields = compact(schema_fields(FORMS[0]))
        rng = seeded("mantlz forms", self._seed, count)
        rows = []
        for number in range(count):
            at = to_micros(now) + number * 1_000
            rows.append((cuid(rng), account, f"Form {number}", None, "custom", fields, at, at))
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO mantlz_forms (id, account, name, description, kind, fields, created_at,"
                " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return [row[0] for row in rows]

    def delete_form(self, form: str) -> None:
        """Delete a form with its submissions, as its owner can in the dashboard."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM mantlz_forms WHERE id = ?", (form,))
