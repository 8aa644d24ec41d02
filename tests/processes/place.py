"""A directory with a configuration and a local copy, made for one server."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cache.schema import OUTBOX, open_database
from inbox_tui.workspace import LocalCopy, Workspace, open_workspace
from tests.processes.worker import SOURCE

if TYPE_CHECKING:
    from cache.models import EditState, PendingEdit
    from inbox_tui.demo.running import RunningServer

__all__ = ["Place"]


@dataclass(frozen=True)
class Place:
    """The files of one inbox, and the environment that names them."""

    directory: Path
    environ: Mapping[str, str]

    @classmethod
    def made(cls, directory: Path, server: RunningServer, *, key: str = "awardee", poll: int = 30) -> Place:
        """Write the configuration of one source."""
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "config.toml"
        lines = [f"[sources.{SOURCE}]", 'provider = "awardee"', f'base_url = "{server.url}/v1"']
        lines += ['key_env = "TESTS_KEY"', f'me = "{server.me}"', f"poll_seconds = {poll}"]
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        environ = {
            "INBOX_TUI_CONFIG": str(config),
            "INBOX_TUI_DATA": str(directory / "data"),
            "TESTS_KEY": server.keys[key],
        }
        return cls(directory, environ)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "data"

    @property
    def workspace(self) -> Workspace:
        """What the program opens."""
        return open_workspace(self.environ)

    @contextlib.contextmanager
    def local(self) -> Iterator[LocalCopy]:
        """The local copy, read and edited by the test itself."""
        with self.workspace.local() as local:
            yield local

    def pending(self) -> tuple[PendingEdit, ...]:
        """Every unsettled edit."""
        with self.local() as local:
            return local.outbox.pending()

    def states(self) -> list[EditState]:
        """The states of the unsettled edits."""
        return [edit.state for edit in self.pending()]

    def open_attempts(self) -> int:
        """How many attempts have no outcome, or an unknown one."""
        with contextlib.closing(open_database(self.data, OUTBOX)) as conn:
            found = conn.execute(
                "SELECT count(*) FROM attempt WHERE coalesce(outcome, 'unknown') = 'unknown'"
            )
            return int(found.fetchone()[0])

    def leader(self) -> int | None:
        """The process that leads or led last."""
        lines = (self.data / "leader.lock").read_text(encoding="ascii").split()
        return int(lines[0]) if lines else None  # while it is written the end of the one before may follow

    def damage(self) -> list[str]:
        """What SQLite finds wrong with the two files."""
        found = []
        for name in ("cache.db", "outbox.db"):
            with contextlib.closing(sqlite3.connect(self.data / name)) as conn:
                said = conn.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                found.append(f"{name}: {said}")
        return found
