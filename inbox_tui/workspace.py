"""One configuration and one data directory, and what is opened on them: the local copy and the engine."""

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cache.clock import WallClock, system_clock
from cache.errors import CacheError, is_damage
from cache.models import Capability, TriageField
from cache.outbox.outbox import Outbox
from cache.recovery import OpenFiles, diagnose, file_ids, open_files
from cache.schema import CACHE
from cache.store.reader import Reader
from cache.text import safe_text
from inbox_tui import config as configuration
from inbox_tui import paths, providers
from inbox_tui.views import all_views
from inbox_tui.zone import MachineZone

if TYPE_CHECKING:
    from cache.models import Decoder
    from cache.store.changes import ChangeSet
    from cache.sync.engine import Engine
    from cache.sync.reading import TextReader
    from cache.sync.spec import SourceSpec
    from cache.sync.status import SourceStatus

__all__ = ["LocalCopy", "Workspace", "open_workspace"]


@dataclass(frozen=True, slots=True)
class LocalCopy:
    """The two files, opened for one thread."""

    reader: Reader
    outbox: Outbox
    files: OpenFiles
    """What was opened, and what was mended for it."""

    def close(self) -> None:
        """Close both files."""
        self.reader.close()
        self.outbox.close()


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the configuration says and where the data is."""

    config: configuration.Config
    data: Path
    environ: Mapping[str, str]

    @property
    def source_names(self) -> tuple[str, ...]:
        """The configured sources, in the order of the file."""
        return tuple(self.config.sources)

    def open_local(self, *, wall: WallClock = system_clock) -> LocalCopy:
        """Open the local copy on this thread. Raises CacheError."""
        files = open_files(self.data, wall=wall)
        outbox = Outbox(files.outbox, wall=wall)
        reader = Reader(
            files.cache,
            outbox,
            sources=self.source_names,
            decoders={name: _decoder(name) for name in self._providers()},
            me={name: source.me for name, source in self.config.sources.items() if source.me},
            wall=wall,
            zone=MachineZone(),
            views={view.name: view.query for view in all_views(self.config)},
        )
        local = LocalCopy(reader, outbox, files)
        try:
            reader.refresh()
        except (sqlite3.Error, CacheError) as error:
            found = self.diagnosed(local, error, wall=wall)
            local.close()
            raise found from error
        return local

    def diagnosed(
        self, local: LocalCopy, error: sqlite3.Error | CacheError, *, wall: WallClock = system_clock
    ) -> sqlite3.Error | CacheError:
        """An error as it is told: of a damaged file, which one it is and what happens now."""
        return diagnose(self.data, local.files.outbox, error, wall=wall) if is_damage(error) else error

    def is_current(self, local: LocalCopy) -> bool:
        """False when another file has taken the place of one that is open: it was damaged, or removed."""
        return file_ids(self.data) == local.files.ids

    @contextlib.contextmanager
    def local(self) -> Iterator[LocalCopy]:
        """The local copy for one command, closed at the end; what was mended is told on standard error.

        Raises CacheError, also when not every edit of a damaged outbox could be saved: the next command
        goes on from there.
        """
        copy = self.open_local()
        try:
            if copy.files.lost:
                raise CacheError(" ".join((*copy.files.notices, "Run the command again to go on.")))
            for notice in copy.files.notices:
                sys.stderr.write(f"inbox-tui: {safe_text(notice)}\n")
            yield copy
        except (sqlite3.Error, CacheError) as error:
            found = self.diagnosed(copy, error)
            if found is error:
                raise
            raise found from error
        finally:
            copy.close()

    def capabilities(self, reader: Reader, source: str) -> Mapping[TriageField, Capability]:
        """Where edits of each field of a source end up: as its credential says, else as its provider does."""
        state = reader.source_table.state(source)
        if state is not None and state.capabilities is not None:
            return state.capabilities
        return providers.capabilities(self.config.sources[source].provider)

    def engine(
        self,
        *,
        on_change: Callable[["ChangeSet"], None],
        on_status: Callable[["SourceStatus"], None],
        only: tuple[str, ...] | None = None,
        wall: WallClock = system_clock,
        reader: "TextReader | None" = None,
        busy: Callable[[], float] = lambda: 0.0,
    ) -> "Engine":
        """An engine for the configured sources; nothing is opened yet.

        With a `reader` a one-off sync of many submissions may use another process, and its memory. `busy`
        says for how many seconds yet a person is to be served first.
        """
        from cache.sync.engine import Engine

        names = self.source_names if only is None else only
        return Engine(
            self.data,
            [self._spec(self.config.sources[name], wall) for name in names],
            on_change=on_change,
            on_status=on_status,
            summaries=self._summaries,
            wall=wall,
            reader=reader,
            busy=busy,
        )

    def text_reader(self) -> "TextReader":
        """What reads very many submissions in another process, which is started where nothing is held yet.

        That is a guess: a short list, or a system whose pages are decoded at once, does without it.
        """
        from cache.sync.reading import TextReader

        reader = TextReader(self._summaries)
        if not (self.data / CACHE.name).exists():
            reader.start()
        return reader

    @property
    def _summaries(self) -> Mapping[str, Sequence[str]]:
        return {name: source.summary for name, source in self.config.sources.items()}

    @property
    def local_sources(self) -> frozenset[str]:
        """The sources whose triage is kept on this machine only."""
        sources = self.config.sources.values()
        return frozenset(source.name for source in sources if providers.keeps_no_triage(source.provider))

    def _spec(self, source: configuration.SourceConfig, wall: WallClock) -> "SourceSpec":
        from cache.sync.spec import SourceSpec

        return SourceSpec(
            name=source.name,
            provider=source.provider,
            open_remote=providers.remote_opener(source, self.environ, clock=wall),
            decoder=_decoder(source.provider),
            poll_seconds=source.poll_seconds,
            local_triage=providers.keeps_no_triage(source.provider),
        )

    def _providers(self) -> set[str]:
        return {source.provider for source in self.config.sources.values()}


def _decoder(provider: str) -> "Decoder":
    """A provider's decoder, loaded when the first submission is decoded."""
    return lambda raw, source: providers.decoder(provider)(raw, source)


def open_workspace(environ: Mapping[str, str] | None = None) -> Workspace:
    """Read the configuration the environment names. Raises ConfigError."""
    environ = os.environ if environ is None else environ
    config = configuration.load(paths.config_file(environ))
    return Workspace(config, paths.data_dir(environ), environ)
