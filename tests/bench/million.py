"""A local copy of very many submissions: `python -m tests.bench.million --rows N --data DIR`.

DIR gets a configuration and the local copy below `copy`; the sources and their submissions are those of
`tests/bench/crowd.py`, 200 of them with an edit that nothing has sent. Nothing answers at the address that
the configuration gives.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cache.models import Container, Key, Member
from cache.outbox import Edit, Outbox
from cache.schema import CACHE, OUTBOX, open_database
from cache.store.elsewhere import Texts
from cache.store.load import BATCH, Loader
from cache.store.raw import encoded
from cache.store.ready import Ready
from cache.store.writer import Writer
from cache.sync.local import LOCAL_TRIAGE
from inbox_tui import providers
from tests.bench.crowd import NOW, SOURCES, USERS, Told, crowd

__all__ = ["configure", "copied", "crowded", "environ_at", "jobs", "load_crowd"]

_EDITS = 200
_KEY = "INBOX_TUI_BENCH_KEY"


def crowded(place: Path, rows: int) -> dict[str, str]:
    """A local copy of so many submissions, with 200 unsettled edits; gives the environment that opens it."""
    home = place / f"crowd-{rows}"
    done = home / "done"
    if not done.exists():
        fill(home, rows)
        done.touch()
    return environ_at(home)


@contextlib.contextmanager
def copied(place: Path, rows: int) -> Iterator[dict[str, str]]:
    """The same for a copy that is thrown away: the inbox writes down what was opened in it."""
    environ = crowded(place, rows)
    with TemporaryDirectory(prefix="inbox-tui-bench-", dir=place) as folder:
        home = Path(folder)
        shutil.copy(environ["INBOX_TUI_CONFIG"], home)
        shutil.copytree(environ["INBOX_TUI_DATA"], home / "copy")
        yield environ_at(home)


def environ_at(home: Path) -> dict[str, str]:
    """The environment of the program for the local copy in a directory that was filled."""
    return {
        **os.environ,
        "INBOX_TUI_CONFIG": str(home / "config.toml"),
        "INBOX_TUI_DATA": str(home / "copy"),
        _KEY: "unused",
    }


def fill(home: Path, rows: int) -> None:
    """Make the configuration, the local copy and the edits."""
    configure(home)
    data = home / "copy"
    load_crowd(data, crowd(rows))
    _edit(data)


def configure(home: Path) -> None:
    """Write the configuration of the sources."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "config.toml").write_text(
        "".join(
            f'[sources.{name}]\nprovider = "{provider}"\n'
            f'base_url = "http://127.0.0.1:9/v1"\nkey_env = "{_KEY}"\n'
            for name, provider in SOURCES.items()
        ),
        encoding="utf-8",
    )


def load_crowd(data: Path, told: Iterator[Told]) -> None:
    """Put submissions into the local copy of a directory, as the import does."""
    with (
        contextlib.closing(open_database(data, CACHE)) as conn,
        Loader[None](conn, wall=lambda: NOW) as loader,
    ):
        sources = loader.writer.sources
        for name, provider in SOURCES.items():
            sources.ensure(name, provider)
            sources.set_account(
                name,
                account_id=name,
                account_name=name.capitalize(),
                user_id=None,
                user_name=None,
                capabilities=LOCAL_TRIAGE if providers.keeps_no_triage(provider) else None,
            )
            sources.set_members(
                name, tuple(Member(name, user, f"Colleague {at}") for at, user in enumerate(USERS, 1))
            )
        containers: dict[tuple[str, str], Container] = {}
        for _, found in loader.read(jobs(told)):
            ready = [item for items in found for item in items if isinstance(item, Ready)]
            if len(ready) < sum(map(len, found)):
                raise RuntimeError("a submission that was made up cannot be read")
            loader.apply([(item, 1, NOW) for item in ready])
            for item in ready:
                key = item.source, item.container_id or ""
                if key[1] and key not in containers:
                    containers[key] = Container(*key, f"Form {len(containers) + 1}")
        sources.set_containers(tuple(containers.values()))


def jobs(told: Iterator[Told]) -> Iterator[tuple[None, Sequence[Texts]]]:
    """Submissions in the batches the loader takes, those of a source together."""
    texts: dict[str, list[bytes]] = {name: [] for name in SOURCES}
    for count, (source, text) in enumerate(told, 1):
        texts[source].append(encoded(text))
        if count % BATCH == 0:
            yield None, _texts(texts)
            texts = {name: [] for name in SOURCES}
    yield None, _texts(texts)


def _texts(texts: dict[str, list[bytes]]) -> list[Texts]:
    return [Texts(source, providers.decoder(SOURCES[source]), each) for source, each in texts.items() if each]


def _edit(data: Path) -> None:
    """Unsettled edits of several fields, spread over everything there is."""
    with contextlib.ExitStack() as stack:
        outbox = Outbox(open_database(data, OUTBOX), wall=lambda: NOW)
        stack.callback(outbox.close)
        cache = stack.enter_context(contextlib.closing(open_database(data, CACHE)))
        writer = Writer(cache, wall=lambda: NOW)
        first, last = cache.execute("SELECT min(rowid), max(rowid) FROM triage").fetchone()
        for at in range(_EDITS):
            place = first + (last - first) * at // _EDITS
            row = cache.execute(
                "SELECT source, id FROM submission WHERE rowid >= ? AND source <> 'shop' LIMIT 1", (place,)
            ).fetchone()
            seen = writer.seen(*row)
            if seen is None:
                raise RuntimeError("a submission without triage")
            edits = (
                Edit(Key(*row), "priority", "low" if seen.triage.priority == "high" else "high"),
                Edit(Key(*row), "status", "read" if seen.triage.status == "resolved" else "resolved"),
                Edit(Key(*row), "notes", f"Called {at} times."),
            )
            outbox.edit("edited", [edits[at % 3]], {Key(*row): seen.triage}.get)


def main() -> None:
    """Fill a directory."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    chosen = parser.parse_args()
    began = time.perf_counter()
    fill(chosen.data, chosen.rows)
    took = time.perf_counter() - began
    size = (chosen.data / "copy" / "cache.db").stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{chosen.rows:,} rows in {took:,.0f} s, {chosen.rows / took:,.0f} a second")
    print(f"{size / 2**20:,.0f} MB, peak of this process {peak:,.0f} MB")


if __name__ == "__main__":
    main()
