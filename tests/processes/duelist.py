"""`python -m tests.processes.duelist`: an inbox without a screen that does what its input says."""

from __future__ import annotations

from tests.processes.hurry import hurry

hurry()

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from typing import Any  # noqa: E402

from cache.models import TRIAGE_FIELDS, Key, TriageField, TriageValue  # noqa: E402
from cache.outbox.outbox import Edit  # noqa: E402
from inbox_tui.engine_thread import EngineListener, EngineThread  # noqa: E402
from inbox_tui.workspace import LocalCopy, open_workspace  # noqa: E402
from tests.processes.worker import SOURCE  # noqa: E402


class Duelist:
    """One of two inboxes."""

    def __init__(self, local: LocalCopy, engine: EngineThread) -> None:
        self._local = local
        self._engine = engine

    def edits(self, wishes: Sequence[tuple[float, str, TriageField, TriageValue]]) -> list[Any]:
        """Make edits, each after a pause; gives for each what the server held as far as this inbox knew."""
        saved: list[Any] = []
        for pause, identifier, field, want in wishes:
            time.sleep(pause)
            self._local.reader.refresh()
            key = Key(SOURCE, identifier)
            held = self._local.reader.server(key)
            assert held is not None
            adds = str(want) if field == "notes" else None
            edit = Edit(key, field, want, saw=held, adds=adds)
            made = self._local.outbox.edit("edit", [edit], self._local.reader.server)
            saved.append([identifier, field, want, held.value(field), bool(made.steps)])
            self._engine.wake()
        return saved

    def look(self, ids: Sequence[str]) -> dict[str, Any]:
        """What is unsettled, what is cached, and what was overwritten."""
        reader, outbox = self._local.reader, self._local.outbox
        reader.refresh()
        keys = [Key(SOURCE, identifier) for identifier in ids]
        cached = {key.id: reader.server(key) for key in keys}
        return {
            "pending": [
                [edit.key.id, edit.field, edit.state.value, edit.want, edit.theirs]
                for edit in outbox.pending()
            ],
            "cached": {
                identifier: held and {name: held.value(name) for name in TRIAGE_FIELDS}
                for identifier, held in cached.items()
            },
            "events": {key.id: len(reader.events(key)) for key in keys},
            "overwrites": [[one.key.id, one.field, one.theirs, one.mine] for one in outbox.overwrites()],
        }

    def read(self, ids: Sequence[str], events: bool) -> None:
        """Have submissions read, or their timelines."""
        for identifier in ids:
            key = Key(SOURCE, identifier)
            if events:
                self._engine.read_events(key)
            else:
                self._engine.read(key, always=True)

    def settle(self, identifier: str, field: TriageField, mine: bool) -> bool:
        """Rule on a conflict."""
        ruled = self._local.outbox.settle(Key(SOURCE, identifier), field, mine=mine)
        self._engine.wake()
        return ruled is not None


def main() -> None:
    """Do what is said until the input ends."""
    workspace = open_workspace()
    engine = EngineThread(workspace, EngineListener())
    engine.start()
    with workspace.local() as local:
        duelist = Duelist(local, engine)
        for line in sys.stdin:
            name, options = json.loads(line)
            sys.stdout.write(json.dumps(getattr(duelist, name)(**options)) + "\n")
            sys.stdout.flush()
    engine.stop()


if __name__ == "__main__":
    main()
