"""The real engine in virtual time against lost, late and doubled messages, colleagues and sudden death."""

from unittest import mock

import pytest

from cache.outbox.overwrites import OverwriteLog
from tests.simulator.ablation import RULES, Ablation, seeds_until_caught
from tests.simulator.profile import Profile
from tests.simulator.record import Violation
from tests.simulator.world import run_seed

_SEEDS = 300
_CHUNKS = 30
_ENOUGH = 20


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_no_invariant_breaks_while_anything_goes_wrong(chunk: int) -> None:
    """inv 1-13, 15, 16, 18-22, 24, 25: each seed is a run with troubles of its own; a failure names it."""
    for seed in range(chunk, _SEEDS, _CHUNKS):
        run_seed(seed)


@pytest.mark.parametrize("seed", [10014, 10259])
def test_a_value_we_may_have_written_ourselves_is_no_foreign_one(seed: int) -> None:
    """inv 10: an edit was dropped while nobody knew what became of its attempt, and the value was found."""
    run_seed(seed)


@pytest.mark.parametrize("ablation", RULES, ids=lambda ablation: ablation.rule)
@pytest.mark.parametrize("effects_only", [False, True], ids=["letter", "effect"])
def test_the_absence_of_a_rule_is_noticed(ablation: Ablation, effects_only: bool) -> None:
    """inv 40: by the letter of the rule, and by what comes of breaking it."""
    seeds, broken = seeds_until_caught(ablation, _ENOUGH, effects_only=effects_only)
    assert broken is not None, f"{ablation.rule} is off and nothing broke in {seeds} seeds"


@pytest.mark.parametrize("ablation", RULES, ids=lambda ablation: ablation.rule)
def test_the_biased_weather_breaks_nothing_while_the_rules_are_kept(ablation: Ablation) -> None:
    """inv 40: what the ablation notices is the missing rule, not the weather."""
    for seed in range(3):
        run_seed((ablation.rule, seed), ablation.profile)


@pytest.mark.parametrize("seed", range(6))
def test_no_refusal_dead_cursor_or_jump_of_the_clock_stops_a_lane(seed: int) -> None:
    """inv 14, 20: what is refused delays no other submission, and news go on, for a minute at most."""
    profile = Profile(
        rows=9, seconds=400.0, foreign_every=1e9, arrivals=40.0, poison=0.3, dead_cursors=True, jumps=1.0,
        prompt=60.0, few_values=True,
    )  # fmt: skip
    run_seed(("lanes", seed), profile)


def test_what_is_replaced_unseen_is_told() -> None:
    """inv 11: in weather where that happens often."""
    profile = Profile(rows=2, foreign_every=10.0, edit_every=3.0, ambush=0.5, lost_after=0.1, death_steps=80)
    assert sum(run_seed(("told", seed), profile).overwritten for seed in range(8)) >= 20


def test_an_unkept_report_is_noticed() -> None:
    """inv 11: this tests the check before."""
    profile = Profile(rows=2, foreign_every=10.0, edit_every=3.0, ambush=0.5)
    found = []
    with mock.patch.object(OverwriteLog, "record", return_value=None):
        for seed in range(4):
            with pytest.raises(Violation) as broken:
                run_seed(("untold", seed), profile)
            found.append(broken.value.number)
    assert found == [11] * 4


@pytest.mark.parametrize("seed", range(6))
def test_deleting_the_cache_loses_no_edit(seed: int) -> None:
    """inv 25"""
    run_seed(("wiped", seed), Profile(rows=5, seconds=200.0, edit_every=2.0, wipe_cache=True, lost_after=0.1))


@pytest.mark.parametrize("seed", range(6))
def test_a_person_alone_gets_what_they_asked_for_however_often_the_client_dies(seed: int) -> None:
    """inv 24: a run with crashes ends like one without."""
    calm = Profile(foreign_every=1e9, seconds=90.0, edit_every=5.0, arrivals=1e9)
    crashing = Profile(foreign_every=1e9, seconds=90.0, edit_every=5.0, arrivals=1e9, death_steps=60)
    for profile in (calm, crashing):
        outcome = run_seed(("alone", seed), profile)
        assert outcome.undelivered == 0
        assert outcome.conflicts == 0
    assert outcome.deaths > 0
