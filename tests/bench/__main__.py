"""`python -m tests.bench [NAME...]`: ratios against a floor measured in the same run."""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tests.bench.busy import measure_busy
from tests.bench.filtering import measure_filter
from tests.bench.first_row import imports, measure_first_row
from tests.bench.keys import measure_keys
from tests.bench.load import measure_import, measure_sync_and_import
from tests.bench.measure import Line, table
from tests.bench.moving import measure_held, measure_jumps
from tests.bench.people import measure_people
from tests.bench.sync import measure_sync
from tests.bench.syncing import measure_filter_while_syncing, measure_memory
from tests.bench.views import measure_views

_Measures: TypeAlias = Mapping[str, tuple[Callable[[Path, int], list[Line]], int]]
_SERVED: _Measures = {
    "sync": (measure_sync, 20_000),
    "busy": (measure_busy, 1_000),
    "import": (measure_import, 50_000),
    "first-sync": (measure_sync_and_import, 20_000),
}
_CROWDED: _Measures = {
    "first-row": (measure_first_row, 100_000),
    "filter": (measure_filter, 100_000),
    "filter-sync": (measure_filter_while_syncing, 100_000),
    "held": (measure_held, 100_000),
    "jumps": (measure_jumps, 100_000),
    "views": (measure_views, 100_000),
    "keys": (measure_keys, 100_000),
    "memory": (measure_memory, 100_000),
}
"""What is measured in a local copy of as many rows as are asked for."""
_MEASURES: _Measures = {**_SERVED, **_CROWDED}


def main() -> None:
    """Measure what was named, everything by default, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(_MEASURES)}, people or imports")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the submissions here for the next run")
    parser.add_argument(
        "--rows",
        type=int,
        metavar="N",
        help=f"rows in the local copy: {', '.join(_CROWDED)}; alone, only these",
    )
    parser.add_argument(
        "--submissions", type=int, metavar="N", help=f"how many are brought: {', '.join(_SERVED)}, people"
    )
    chosen = parser.parse_args()
    unknown = set(chosen.names) - {*_MEASURES, "people", "imports"}
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    with contextlib.ExitStack() as stack:
        place = chosen.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="inbox-tui-bench-"))
        )
        lines: list[Line] = []
        place.mkdir(parents=True, exist_ok=True)
        for name in chosen.names or (_CROWDED if chosen.rows else _MEASURES):
            if name == "imports":
                print(imports(place, chosen.rows or 1_000))
                continue
            if name == "people":
                print(measure_people(chosen.submissions or 200_000))
                continue
            measure, usual = _MEASURES[name]
            wanted = chosen.rows if name in _CROWDED else chosen.submissions
            lines += measure(place, wanted or usual)
        if lines:
            print(table(lines))
            print("load average {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))


if __name__ == "__main__":
    main()
