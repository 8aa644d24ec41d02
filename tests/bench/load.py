"""Import, first sync, the size of the file, and the memory they take."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from inbox_tui.packs import PackSource, end_line, header_line, row_line
from tests.bench.crowd import NOW, SOURCES, crowd
from tests.bench.data import environ_of, served
from tests.bench.measure import Line, in_turns
from tests.bench.million import configure, environ_at

__all__ = ["measure_import", "measure_sync_and_import", "memory_of", "write_pack"]

_ROUNDS = 3
_MOST_IMPORT = 1 / 1.5
_MOST_SYNC = 1 / 0.6
_MOST_SIZE = 1.3
_MOST_MEMORY = 150.0
_PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20


def write_pack(path: Path, rows: int) -> int:
    """A pack of so many submissions, made once; gives how many bytes of JSON it holds."""
    size = path.with_suffix(".size")
    if not size.exists():
        count = 0
        with path.open("w", encoding="utf-8") as file:
            file.write(header_line([PackSource(*source) for source in SOURCES.items()], NOW))
            for source, text in crowd(rows):
                file.write(row_line(source, text, NOW))
                count += len(text.encode())
            file.write(end_line(rows))
        size.write_text(str(count))
    return int(size.read_text())


def measure_import(place: Path, rows: int) -> list[Line]:
    """The command `import` against a program that stores the same row by row, and what memory it takes."""
    place.mkdir(parents=True, exist_ok=True)
    pack = place / f"crowd-{rows}.pack"
    text = write_pack(pack, rows)
    peaks: list[float] = []
    sizes: list[int] = []

    def subject(home: Path) -> None:
        peaks.append(_run([sys.executable, "-m", "inbox_tui", "import", str(pack)], environ_at(home)))
        sizes.append((home / "copy" / "cache.db").stat().st_size)

    def floor(home: Path) -> None:
        command = [sys.executable, "-m", "tests.bench.bare_import", str(pack), str(home / "copy")]
        _run(command, environ_at(home))

    taken = in_turns({"floor": lambda: _timed(floor), "import": lambda: _timed(subject)}, _ROUNDS)
    rate = f"{rows / taken['import']:,.0f} rows a second"
    return [
        Line(f"import of {rows:,}", taken["floor"], taken["import"], _MOST_IMPORT, rate),
        Line(f"cache file of {rows:,}", text / 2**20, max(sizes) / 2**20, _MOST_SIZE, "JSON text", "MB"),
        Line(
            f"memory of an import of {rows:,}",
            _MOST_MEMORY,
            max(peaks),
            1.0,
            "both processes, of what is allowed",
            "MB",
        ),
    ]


def measure_sync_and_import(place: Path, rows: int) -> list[Line]:
    """The command `sync` into an empty directory against an import of the same submissions."""
    with served(place / f"served-{rows}", rows) as child:
        pack = child.paths.directory / "synced.pack"
        with TemporaryDirectory(prefix="inbox-tui-bench-") as folder:
            environ = environ_of(child, Path(folder) / "data")
            _inbox_tui(environ, "sync")
            _inbox_tui(environ, "export", "--format", "pack", "--output", str(pack), "--force")

        def command(*words: str) -> Callable[[], float]:
            def timed() -> float:
                with TemporaryDirectory(prefix="inbox-tui-bench-") as folder:
                    environ = environ_of(child, Path(folder) / "data")
                    began = time.perf_counter()
                    _inbox_tui(environ, *words)
                    return time.perf_counter() - began

            return timed

        taken = in_turns({"import": command("import", str(pack)), "sync": command("sync")}, _ROUNDS)
    rate = f"{rows / taken['sync']:,.0f} rows a second"
    return [Line(f"first sync of {rows:,}", taken["import"], taken["sync"], _MOST_SYNC, rate)]


@contextmanager
def _empty() -> Iterator[Path]:
    with TemporaryDirectory(prefix="inbox-tui-bench-") as folder:
        home = Path(folder)
        configure(home)
        yield home


def _timed(side: Callable[[Path], None]) -> float:
    with _empty() as home:
        began = time.perf_counter()
        side(home)
        return time.perf_counter() - began


def _inbox_tui(environ: Mapping[str, str], *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "inbox_tui", *words], env=environ, check=True, stdout=subprocess.DEVNULL
    )


def _run(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Run a command; gives the most memory it and its children had at once, in MB."""
    most = 0.0
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, memory_of(process.pid))
            time.sleep(0.05)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return most


def memory_of(pid: int) -> float:
    """Resident memory of a process and its children, in MB; nothing where the system does not tell."""
    total = 0.0
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):
        return total
    return total + sum(memory_of(int(child)) for child in children)
