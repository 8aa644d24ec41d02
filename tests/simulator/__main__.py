"""`python -m tests.simulator replay SEED` and `python -m tests.simulator soak`."""

import argparse
import sys

from tests.simulator.record import Violation
from tests.simulator.soak import ablation_table, say, soak
from tests.simulator.world import run_seed

_MINUTES = 24
"""`make soak` gives it and the ablation 25 and a half, and the rest of its steps less than 20."""


def main() -> int:
    """Replay one seed, or run many; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator")
    commands = parser.add_subparsers(dest="command", required=True)
    replay = commands.add_parser("replay", help="run one seed again and show its log")
    replay.add_argument("seed", type=int)
    replay.add_argument("--tail", type=int, default=60, help="how many lines of the log a failure shows")
    many = commands.add_parser("soak", help="run as many seeds as fit")
    many.add_argument("--minutes", type=float, default=_MINUTES)
    many.add_argument("--jobs", type=int, default=2)
    many.add_argument("--first", type=int, default=0, help="the first seed")
    commands.add_parser("ablation", help="switch off each rule and see when it is noticed")
    chosen = parser.parse_args()
    if chosen.command == "replay":
        try:
            say(str(run_seed(chosen.seed, tail=chosen.tail)))
        except Violation as broken:
            say(broken.report())
            return 1
        return 0
    whole = True
    if chosen.command == "soak":
        whole = not soak(chosen.minutes * 60, chosen.jobs, chosen.first).broken
    table, noticed = ablation_table()
    say(table)
    return 0 if whole and noticed else 1


if __name__ == "__main__":
    sys.exit(main())
