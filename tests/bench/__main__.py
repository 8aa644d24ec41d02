"""`python -m tests.bench [NAME...]`: ratios against a floor measured in the same run."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench.busy import measure_busy
from tests.bench.first_row import imports, measure_first_row
from tests.bench.keys import measure_filter, measure_keys
from tests.bench.load import measure_import, measure_sync_and_import
from tests.bench.measure import Line, table
from tests.bench.memory import measure_memory
from tests.bench.people import measure_people
from tests.bench.sync import measure_sync

_MEASURES: Mapping[str, tuple[Callable[[Path, int], list[Line]], int]] = {
    "sync": (measure_sync, 20_000),
    "first-row": (measure_first_row, 100_000),
    "keys": (measure_keys, 100_000),
    "filter": (measure_filter, 100_000),
    "busy": (measure_busy, 1_000),
    "import": (measure_import, 50_000),
    "first-sync": (measure_sync_and_import, 20_000),
    "memory": (measure_memory, 100_000),
}


def main() -> None:
    """Measure what was named, everything by default, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(_MEASURES)}, people or imports")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the submissions here for the next run")
    parser.add_argument("--submissions", type=int, metavar="N", help="how many, in place of the usual number")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - {*_MEASURES, "people", "imports"}
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    with contextlib.ExitStack() as stack:
        place = chosen.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="inbox-tui-bench-"))
        )
        lines: list[Line] = []
        for name in chosen.names or _MEASURES:
            if name == "imports":
                print(imports(place, chosen.submissions or 1_000))
                continue
            if name == "people":
                print(measure_people(chosen.submissions or 200_000))
                continue
            measure, submissions = _MEASURES[name]
            lines += measure(place, chosen.submissions or submissions)
        if lines:
            print(table(lines))


if __name__ == "__main__":
    main()
