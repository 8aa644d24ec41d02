"""How rough a run is: what may go wrong and how often, drawn from the seed or biased to one fault."""

import random
from dataclasses import dataclass

__all__ = ["Profile", "draw_profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Chances are per request, rates are means in virtual seconds."""

    rows: int = 4
    seconds: float = 150.0
    """How long things go wrong."""
    edit_every: float = 8.0
    foreign_every: float = 25.0
    lost_before: float = 0.0
    lost_after: float = 0.0
    zombie: float = 0.0
    duplicate: float = 0.0
    slow_read: float = 0.0
    fault: float = 0.0
    never_left: float = 0.0
    limited: float = 0.0
    unreadable: float = 0.0
    ambush: float = 0.0
    """How likely somebody else writes between our read and our change."""
    echo_edit: float = 0.0
    """How likely the person edits the field while its change is on the wire."""
    death_steps: int = 0
    """The client dies after a number of steps around this; 0: never."""
    jumps: float = 0.0
    """How likely the wall clock jumps, per minute."""
    poison: float = 0.0
    vanish: bool = False
    stranger: bool = False
    """Another organisation's key for a while."""
    auth: bool = False
    rulings: float = 0.5
    normalises: bool = False
    tells_fields: bool = True
    filters: bool = True
    wipe_cache: bool = False
    """Whether the client is killed now and then and its cache deleted."""
    prompt: float = 0.0
    """For how many seconds a lane may stand still; 0: not looked at, there is other weather."""
    arrivals: float = 60.0
    dead_cursors: bool = False
    few_values: bool = False
    latency: float = 0.4


def draw_profile(rng: random.Random) -> Profile:
    """A profile for a seed: a few kinds of trouble at a time, so that each is seen alone and with others."""

    def some(chance: float, low: float, high: float) -> float:
        return rng.uniform(low, high) if rng.random() < chance else 0.0

    lossy = rng.random() < 0.7
    return Profile(
        rows=rng.choice((1, 2, 3, 5, 9)),
        seconds=rng.choice((60.0, 120.0, 200.0)),
        edit_every=rng.choice((1.5, 4.0, 10.0)),
        foreign_every=rng.choice((2.0, 6.0, 30.0)),
        lost_before=some(0.5, 0.02, 0.2) if lossy else 0.0,
        lost_after=some(0.5, 0.02, 0.3) if lossy else 0.0,
        zombie=some(0.5, 0.05, 0.4) if lossy else 0.0,
        duplicate=some(0.3, 0.05, 0.3),
        slow_read=some(0.4, 0.05, 0.3),
        fault=some(0.4, 0.02, 0.15),
        never_left=some(0.3, 0.02, 0.2),
        limited=some(0.25, 0.01, 0.08),
        unreadable=some(0.25, 0.02, 0.15),
        ambush=some(0.4, 0.05, 0.3),
        echo_edit=some(0.5, 0.05, 0.3),
        death_steps=rng.choice((0, 0, 15, 40, 80, 200)),
        jumps=some(0.3, 0.3, 1.0),
        poison=some(0.3, 0.05, 0.2),
        vanish=rng.random() < 0.15,
        stranger=rng.random() < 0.06,
        auth=rng.random() < 0.06,
        normalises=rng.random() < 0.3,
        tells_fields=rng.random() < 0.6,
        filters=rng.random() < 0.7,
        wipe_cache=rng.random() < 0.1,
        arrivals=rng.choice((30.0, 120.0)),
        dead_cursors=rng.random() < 0.2,
        few_values=rng.random() < 0.5,
        latency=rng.choice((0.05, 0.4, 2.0)),
    )
