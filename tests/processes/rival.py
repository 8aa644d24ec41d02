"""One of two inboxes as the test sees it: a process that is told what to do over its standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.processes.hurry import Hurry
    from tests.processes.place import Place

__all__ = ["Look", "Rival"]

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Look:
    """What an inbox holds at one moment."""

    pending: Sequence[tuple[str, str, str, Any, Any]]
    cached: Mapping[str, Any]
    events: Mapping[str, int]
    overwrites: Sequence[tuple[str, str, Any, Any]]
    """Submission, field, theirs, mine; the oldest first."""

    @property
    def quiet(self) -> bool:
        """Whether nothing but conflicts is left."""
        return all(state == "conflict" for _, _, state, _, _ in self.pending)

    @property
    def conflicts(self) -> dict[tuple[str, str], Any]:
        """The server's value of every field in conflict."""
        return {(one[0], one[1]): one[4] for one in self.pending if one[2] == "conflict"}

    @property
    def wants(self) -> dict[tuple[str, str], Any]:
        """What is wanted of every unsettled field."""
        return {(one[0], one[1]): one[3] for one in self.pending}

    def knows(self, ids: Sequence[str]) -> bool:
        """Whether all of these are cached."""
        return all(self.cached[identifier] is not None for identifier in ids)


class Rival:
    """Starts the process; on leaving it ends."""

    def __init__(self, place: Place, hurried: Hurry) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INBOX_TUI")}
        self._errors = (place.directory / "errors.txt").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.duelist"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**inherited, **place.environ, **hurried.environ()},
            cwd=_ROOT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Rival:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def look(self, ids: Sequence[str]) -> Look:
        """What it holds now."""
        return Look(**self._ask("look", ids=ids))

    def read(self, ids: Sequence[str], *, events: bool = False) -> None:
        """Have submissions read, or their timelines; returns before that is done."""
        self._ask("read", ids=ids, events=events)

    def begin_edits(self, wishes: Sequence[tuple[float, str, str, Any]]) -> None:
        """Let it begin to edit; `edits_made` waits for the end."""
        self._tell("edits", wishes=wishes)

    def edits_made(self) -> list[tuple[str, str, Any, Any, bool]]:
        """Submission, field, wish, the server's value as it was known then, and whether it was an edit."""
        found: list[tuple[str, str, Any, Any, bool]] = self._answer()
        return found

    def settle(self, identifier: str, field: str, *, mine: bool) -> None:
        """Rule on a conflict."""
        assert self._ask("settle", identifier=identifier, field=field, mine=mine)

    def _ask(self, what: str, **options: Any) -> Any:
        self._tell(what, **options)
        return self._answer()

    def _tell(self, what: str, **options: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([what, options]) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(Path(self._errors.name).read_text(encoding="utf-8")[-2000:])
        return json.loads(line)
