"""Direct access to Mimicbot data for tests: the truth behind the window, arrivals, the end of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox_tui.demo.generate import Generator, to_micros
from inbox_tui.demo.mimicbot.reads import wire_row
from inbox_tui.demo.mimicbot.seeding import bot_id, insert_row
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

    def bot_id(self, slug: str) -> str:
        """Return the id of a bot: `website`, `shop`, `docs`, `partner` (403), `unused`, `elsewhere`."""
        return bot_id(self._seed, slug)

    def submissions(self, bot: str) -> list[dict[str, Any]]:
        """Return all submissions of a bot as wire objects, also those that left the window; newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM mimicbot_executions WHERE bot_id = ?"
                " AND kind IN ('contact_form', 'contact_team') ORDER BY created_at DESC, seq",
                (bot,),
            )
            return [wire_row(row) for row in rows]

    def add(self, bot: str, params: Mapping[str, Any], now: datetime, visitor_id: str = "visitor_1") -> str:
        """Let a pending submission with exactly these params arrive and return its id."""
        with self._database.transaction() as connection:
            count = connection.execute("SELECT count(*) FROM mimicbot_executions").fetchone()[0]
            identifier = Generator(self._seed, now, f"mimicbot added {count}").uuid()
            row = {"kind": "contact_team", "visitor_id": visitor_id, "params": params, "result": "pending"}
            insert_row(connection, identifier, bot, row, to_micros(now))
        return identifier

    def finish(self, submission: str, result: str, metadata: Mapping[str, Any] | None, now: datetime) -> None:
        """Bring a submission to its end, in place."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE mimicbot_executions SET result = ?, metadata = ?, completed_at = ?, plan = NULL,"
                " due_at = NULL WHERE id = ?",
                (result, None if metadata is None else compact(metadata), to_micros(now), submission),
            )

    def delete_bot(self, bot: str) -> None:
        """Delete a bot with everything that belongs to it."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM mimicbot_bots WHERE id = ?", (bot,))
