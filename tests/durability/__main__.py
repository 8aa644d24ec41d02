"""`python -m tests.durability [--cuts 2000] [--edits 1000]`: cut the power; write from several processes."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.durability.power import cut_power
from tests.durability.recording import can_record, record, recording, save
from tests.durability.workload import KINDS
from tests.durability.writers import edit_and_lead

STEPS = {"outbox": 30, "cache": 20}


def main() -> int:
    """Cut the power; 1 when something that was told as saved is lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edits", type=int, default=1000, help="of each of two writers beside a leader")
    parser.add_argument("--record", action="store_true", help="keep new recordings and cut nothing")
    options = parser.parse_args()
    lost = 0
    with tempfile.TemporaryDirectory() as made:
        for kind in KINDS:
            if options.record:
                ops = record(kind, Path(made) / kind, steps=STEPS[kind], seed=options.seed)
                print(f"{kind}: {len(ops):,} operations in {save(kind, ops)}")  # noqa: T201
                continue
            ops = recording(kind, Path(made) / kind, steps=STEPS[kind], seed=options.seed)
            done = cut_power(kind, ops, cuts=options.cuts, seed=options.seed, directory=Path(made))
            how = "recorded now" if can_record() else "recorded earlier"
            print(  # noqa: T201
                f"{kind}: {done.cuts:,} cuts in {len(ops):,} operations ({how}): {len(done.lost)} lost an"
                f" edit that was told as saved; {done.later} kept the one in progress"
            )
            lost += len(done.lost)
        if not options.record:
            lost += _together(Path(made), options.edits)
    return int(lost > 0)


def _together(directory: Path, count: int) -> int:
    """Two writers and a leader; how many edits are not there in the end."""
    ended, found = edit_and_lead(directory, count)
    lost = 2 * count - int(found.history[1])
    complaints = [said for code, said in ended if code]
    print(  # noqa: T201
        f"two writers and a leader: {2 * count:,} edits, {lost} lost, {len(complaints)} writers complained;"
        f" {len(found.pending)} submissions wait, file sound: {found.sound}"
    )
    return lost + len(complaints) + (not found.sound)


if __name__ == "__main__":
    sys.exit(main())
