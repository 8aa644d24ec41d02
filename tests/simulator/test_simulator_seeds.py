"""The real engine in virtual time against lost, late and doubled messages, colleagues and sudden death."""

import pytest

from tests.simulator.ablation import RULES, Ablation, seeds_until_caught
from tests.simulator.profile import Profile
from tests.simulator.world import run_seed

_SEEDS = 300
_CHUNKS = 30
_ENOUGH = 20


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_no_invariant_breaks_while_anything_goes_wrong(chunk: int) -> None:
    """inv 1-10, 13, 15, 16, 18-22: each seed is a run with troubles of its own; a failure names it."""
    for seed in range(chunk, _SEEDS, _CHUNKS):
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
def test_a_person_alone_gets_what_they_asked_for_however_often_the_client_dies(seed: int) -> None:
    """inv 24: a run with crashes ends like one without."""
    calm = Profile(foreign_every=1e9, seconds=90.0, edit_every=5.0, arrivals=1e9)
    crashing = Profile(foreign_every=1e9, seconds=90.0, edit_every=5.0, arrivals=1e9, death_steps=60)
    for profile in (calm, crashing):
        outcome = run_seed(("alone", seed), profile)
        assert outcome.undelivered == 0
        assert outcome.conflicts == 0
    assert outcome.deaths > 0
